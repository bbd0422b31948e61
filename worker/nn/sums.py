"""The sum of very many numbers, of which only some are in memory at a time."""

from collections.abc import Callable, Iterable

from worker.nn.arrays import Array, array_module

WHOLE = 2**14  # numbers that are added up at once: NumPy has halves of its own down to 128


def total(pieces: Iterable[Array], count: int) -> float:
    """The sum of all numbers in these pieces, `count` of them: to the last bit what NumPy makes of
    one array with all of them in a row, which it adds up half by half.

    Source: Higham, The accuracy of floating point summation, 1993, on pairwise summation.
    """
    return 0.0 + _half(Taken(pieces).next, count)


def _half(take: Callable[[int], Array], count: int) -> float:
    if count <= WHOLE:
        return float(take(count).sum())
    first = count // 2
    first -= first % 8  # as many as NumPy adds side by side
    return _half(take, first) + _half(take, count - first)


class Taken:
    """Numbers of pieces one after the other."""

    def __init__(self, pieces: Iterable[Array]) -> None:
        self._pieces = iter(pieces)
        self._left = next(self._pieces).reshape(-1)

    def next(self, count: int) -> Array:
        """The next so many."""
        found: list[Array] = []
        while count:
            if not len(self._left):
                self._left = next(self._pieces).reshape(-1)
            found.append(self._left[:count])
            self._left = self._left[count:]
            count -= len(found[-1])
        return found[0] if len(found) == 1 else array_module(found[0]).concatenate(found)
