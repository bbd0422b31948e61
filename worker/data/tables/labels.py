"""The column that has the classes."""

import re
from collections.abc import Sequence

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from worker.data import contents
from worker.data.contents import Labels
from worker.data.packed import quoted, some
from worker.errors import CorruptFile, LimitExceeded

WORDS = ("label", "class", "target", "y")
WHOLE = re.compile(r"([+-]?\d+)\.0*")
SHOWN = 20  # names of columns in a message


def label_in(names: Sequence[str], asked: str | None, where: str) -> str:
    """Returns the name of the column that has the classes.

    Args:
        asked: how it is called, if that was said.

    Raises:
        CorruptFile: there is none, or it is not clear which of them it is.
    """
    if asked is not None and asked in names:
        return asked
    found = [name for name in names if asked is None and name.lower() in WORDS]
    found.sort(key=lambda name: WORDS.index(name.lower()))
    if found and [name.lower() for name in found].count(found[0].lower()) == 1:
        return found[0]
    wanted = quoted(asked) if asked is not None else f"{', '.join(WORDS[:-1])} or {WORDS[-1]}"
    raise CorruptFile(
        f"Expected one column called {wanted} in {where}, got {some(names, SHOWN, quoted)}; say "
        "with label which of them has the classes, and see that the first row has the names."
    )


class SeenLabels:
    """The labels so far, and their numbers in the order in which the classes came."""

    def __init__(self, name: str, max_classes: int) -> None:
        self._name, self._most = name, max_classes
        self._numbers: dict[str, int] = {}
        self._labels: list[Labels] = []

    def look(self, cells: pa.Array, row: int, where: str) -> None:
        """Take in the labels of more rows, of which the first is this one.

        Raises:
            CorruptFile: one is missing.
            LimitExceeded: there are more classes than may be.
        """
        if cells.null_count:
            place = row + pc.index(pc.is_null(cells), True).as_py()
            raise CorruptFile(
                f"Expected a class in the column {quoted(self._name)} of each row of {where}, got "
                f"none in row {place:,}; fill it in, or leave the row out."
            )
        encoded = cells.dictionary_encode()
        names = [self.called(value) for value in encoded.dictionary.to_pylist()]
        if len({*names} | self._numbers.keys()) > self._most:
            raise LimitExceeded(
                f"Expected at most {self._most:,} classes in the column {quoted(self._name)} of "
                f"{where}, got more, such as {names[-1][:40]!r}; if they are measurements, make "
                "ranges of them: what is learned here is to tell classes apart."
            )
        own = [self._numbers.setdefault(name, len(self._numbers)) for name in names]
        self._labels.append(np.array(own, np.int64)[encoded.indices.to_numpy()])

    @staticmethod
    def called(value: str | float) -> str:
        """Returns the name of a class: a whole number without a fraction."""
        text = value if isinstance(value, str) else repr(value)
        return whole[1] if (whole := WHOLE.fullmatch(text)) else text

    def classes(self) -> tuple[list[str], Labels]:
        """Returns their names, in the order of numbers or else of the alphabet, and the place of
        each label among them, (rows,).

        Raises:
            CorruptFile: they are not the names of two classes.
        """
        names = in_order([*self._numbers])
        contents.check_classes(names, self._most)
        places = np.empty(len(names), np.int64)
        for place, name in enumerate(names):
            places[self._numbers[name]] = place
        return names, places[np.concatenate(self._labels)]


def in_order(names: list[str]) -> list[str]:
    """Returns them as numbers are counted, or else in the order of the alphabet."""
    try:
        return sorted(names, key=float)
    except ValueError:
        return sorted(names)
