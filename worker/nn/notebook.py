"""The arrays of one step by their names: how each was made of others, and what keeping it saves."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from string import ascii_letters
from typing import Literal, NamedTuple

from worker.nn.arrays import Array

Part = Literal["given", "forward", "backward"]
PRIME = "′"  # behind a name for each array that was called so before


class Note(NamedTuple):
    """An array of a step.

    Attributes:
        name: as docs/notation.md calls it.
        formula: how it was made, in the names of others; "" of what is given.
        numbers: the array itself.
        part: of the step in which it was made.
        layer: the number of the layer that made it, such as "2", or "5.1" within a residual.
        uses: the names of the arrays of which it was made.
        multiplications: of one number by another; what functions and costs take is not counted.
        shared: whether the numbers are those of an array that it uses, perhaps in another shape.
    """

    name: str
    formula: str
    numbers: Array
    part: Part
    layer: str
    uses: tuple[str, ...] = ()
    multiplications: int = 0
    shared: bool = False


class Notebook:
    """What was made in a step so far. It knows an array again by who owns its numbers: a transpose,
    or another shape, is a view.

    Attributes:
        notes: in the order in which they were made.
        part: of the step, that goes on.
        inputs: to what the layer was applied that has these weights, or this output; by names.
    """

    def __init__(self, given: Mapping[str, Array]) -> None:
        """
        Args:
            given: what the step begins with, by its names: samples, targets, parameters and running
                statistics.
        """
        self.notes: list[Note] = []
        self.part: Part = "given"
        self.inputs: dict[str, str] = {}
        self._known: dict[int, Note] = {}
        self._names: set[str] = set()
        self._whose: dict[str, str] = {}
        self._sums: dict[str, str] = {}
        for name, numbers in given.items():
            self.add(name, number_of(name), numbers, "")
        self.part = "forward"

    def __getitem__(self, X: Array) -> str:
        """The name of an array that was given or made."""
        return self._known[id(owner(X))].name

    def __contains__(self, name: str) -> bool:
        return name in self._names

    def add(
        self,
        name: str,
        layer: str,
        X: Array,
        formula: str,
        uses: Sequence[Array] = (),
        times: int = 0,
    ) -> Array:
        """Write down an array by this name, or one with primes; returns it, or a copy if another
        name has its numbers."""
        while name in self._names:
            name += PRIME
        self._names.add(name)
        shared = id(owner(X)) in self._known
        made = X.copy() if shared else X
        said, of = f"{name} = {formula}" if formula else "", tuple(self[each] for each in uses)
        note = Note(name, said, made, self.part, layer, of, times, shared)
        self._known[id(owner(made))] = note
        self.notes.append(note)
        return made

    def output(
        self, letter: str, layer: str, X: Array, formula: str, uses: Sequence[Array], times: int = 0
    ) -> Array:
        """Write down what a layer returns for the first of the arrays that it uses."""
        made = self.add(letter + layer, layer, X, formula, uses, times)
        self.inputs[self[made]] = self[uses[0]]
        return made

    def sum(self, X: Array, formula: str, uses: Sequence[Array]) -> Array:
        """Write down what a residual returns: what its last layer does, and what led past it."""
        last = self[uses[0]]
        made = self.output("R", number_of(last).partition(".")[0], X, formula, uses)
        self._sums[self[made]] = last
        return made

    def derivative(
        self, of: str, layer: str, X: Array, formula: str, uses: Sequence[Array], times: int = 0
    ) -> Array:
        """Write down dJ/d(of), as this layer computes it."""
        made = self.add(f"d{of}", layer, X, formula, uses, times)
        self._whose[self[made]] = of
        return made

    def whose(self, dX: Array) -> str | None:
        """Of a derivative, the name of what it is derived by; None of any other array."""
        return self._whose.get(self[dX])

    def behind(self, dZ: Array) -> str:
        """The number of the layer of whose output this is the derivative."""
        of = self._whose[self[dZ]]
        while of in self._sums:
            of = self._sums[of]
        return number_of(of)

    def layer(self, X: Array) -> str:
        """The number of the layer that made it."""
        return self._known[id(owner(X))].layer


class Saved(NamedTuple):
    """What it is worth to keep what was computed forward.

    Attributes:
        kept: names of what the way back takes from the way there.
        numbers: that these have, those that they share counted once.
        forward, backward: multiplications of each way.
        without: those of a way back for which nothing was kept: for each layer it computes forward
            again, from the samples on, what that layer needs.
    """

    kept: tuple[str, ...]
    numbers: int
    forward: int
    backward: int
    without: int


def saved(notes: Iterable[Note]) -> Saved:
    """Counts it in a step that is done."""
    there = {note.name: note for note in notes if note.part == "forward"}
    back = [note for note in notes if note.part == "backward"]
    needed: dict[str, set[str]] = defaultdict(set)
    for note in back:
        needed[note.layer].update(name for name in note.uses if name in there)
    kept = tuple(name for name in there if any(name in names for names in needed.values()))
    backward = total(back)
    again = sum(total(ancestors(names, there)) for names in needed.values())
    numbers = sum(there[name].numbers.size for name in kept if not there[name].shared)
    return Saved(kept, numbers, total(there.values()), backward, backward + again)


def ancestors(names: Iterable[str], there: Mapping[str, Note]) -> list[Note]:
    """All that has to be computed forward to have these."""
    found: dict[str, Note] = {}
    rest = [*names]
    while rest:
        name = rest.pop()
        if name in there and name not in found:
            found[name] = there[name]
            rest += there[name].uses
    return [*found.values()]


def users(notes: Sequence[Note]) -> dict[str, list[str]]:
    """Of each array, the names of those that were made of it: where it went."""
    found: dict[str, list[str]] = {note.name: [] for note in notes}
    for note in notes:
        for name in note.uses:
            found[name].append(note.name)
    return found


def total(notes: Iterable[Note]) -> int:
    return sum(note.multiplications for note in notes)


def owner(X: Array) -> Array:
    """The array that owns the numbers of a view; X itself if it is none."""
    return X if X.base is None else X.base


def number_of(name: str) -> str:
    """The number of a layer in the name of one of its arrays."""
    return name.lstrip(ascii_letters + "ŷμσ").rstrip(PRIME)
