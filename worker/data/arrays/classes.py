"""The names of the classes, and labels that count them from 0."""

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from worker.data import contents
from worker.data.arrays.stored import StoredArray
from worker.data.contents import Labels
from worker.errors import CorruptFile

SHOWN = 5


class Classes(NamedTuple):
    """What the labels mean.

    Attributes:
        names: in the order of the labels.
        labels: as they were given, from 0 on.
        change: in words what was done to them; None if nothing.
    """

    names: list[str]
    labels: list[Labels]
    change: str | None


class Names(NamedTuple):
    """A list of classes; `numbers` are those that the names are, if they are numbers."""

    texts: list[str]
    numbers: list[int] | None


def named(lists: Sequence[StoredArray], labels: list[Labels], max_classes: int) -> Classes:
    """Returns the classes by the lists of their names, or, without any, by their numbers.

    Args:
        labels: of each split, (rows,).

    Raises:
        CorruptFile: the lists differ, are no names, or lack one for a label.
        LimitExceeded: there are more classes than are allowed.
    """
    names = _agreed(lists, max_classes)
    found = _named(names, labels) if names else _numbered(labels, max_classes)
    contents.check_classes(found.names, max_classes)
    smallest, largest = _ends(found.labels)
    if smallest < 0 or largest >= len(found.names):
        raise CorruptFile(
            f"Expected labels from 0 to {len(found.names) - 1}, one for each name in "
            f"{lists[0].where}, got {smallest} to {largest}; name every class or mend the labels."
        )
    return found


def listed(lists: Sequence[StoredArray], max_classes: int) -> list[str] | None:
    """Returns the names that all lists have, at most one more than is allowed; None without a list.

    Raises:
        CorruptFile: they differ, or are no names.
    """
    names = _agreed(lists, max_classes)
    return names.texts if names else None


def _agreed(lists: Sequence[StoredArray], max_classes: int) -> Names | None:
    read = [_names(array, max_classes) for array in lists]
    if any(names != read[0] for names in read):
        raise CorruptFile(
            "Expected the same names of classes in every file, but they differ; send files that "
            f"belong together, or one list of names instead of {len(read)}."
        )
    return read[0] if read else None


def _numbered(labels: list[Labels], max_classes: int) -> Classes:
    numbers = np.unique(np.concatenate([np.unique(own) for own in labels]))
    # One name more than is allowed, so that check_classes can refuse them.
    names = [str(number) for number in numbers[: max_classes + 1].tolist()]
    if np.array_equal(numbers, np.arange(len(numbers))):
        return Classes(names, labels, None)
    moved = [np.searchsorted(numbers, own) for own in labels]
    return Classes(names, moved, f"the labels {_first(names)} were numbered from 0")


def _first(names: list[str]) -> str:
    return ", ".join(names[:SHOWN]) + (" …" if len(names) > SHOWN else "")


def _named(names: Names, labels: list[Labels]) -> Classes:
    smallest, largest = _ends(labels)
    count = len(names.texts)
    if names.numbers is not None and names.numbers != [*range(count)]:
        place = {number: at for at, number in enumerate(names.numbers)}
        if all({*np.unique(own).tolist()} <= place.keys() for own in labels):
            moved = [np.array([place[label] for label in own.tolist()], int) for own in labels]
            change = f"the labels are the numbers {_first(names.texts)} of their classes"
            return Classes(names.texts, moved, change)
    if smallest == 1 and largest == count:
        change = f"the labels begin with 1, which is {names.texts[0]!r}, and were numbered from 0"
        return Classes(names.texts, [own - 1 for own in labels], change)
    return Classes(names.texts, labels, None)


def _ends(labels: Sequence[Labels]) -> tuple[int, int]:
    """The smallest and the largest label; 0 without any."""
    every = np.concatenate(labels)
    return (int(every.min()), int(every.max())) if len(every) else (0, 0)


def _names(array: StoredArray, max_classes: int) -> Names:
    if len(array.shape) != 1:
        raise CorruptFile(
            f"Expected a plain list in {array.where}, got the shape {array.shape}; "
            "store one name for each class."
        )
    # One name more than is allowed, so that check_classes can refuse them.
    values = array.read(slice(max_classes + 1))
    if array.dtype.kind in "SU":
        return Names(texts(values, array.where), None)
    numbers = [int(value) for value in values.tolist() if float(value).is_integer()]
    if len(numbers) < len(values):
        raise CorruptFile(
            f"Expected names or whole numbers in {array.where}, got fractions; "
            "store one name for each class."
        )
    return Names([str(number) for number in numbers], numbers)


def texts(stored: NDArray[Any], where: str) -> list[str]:
    """Returns texts in their order, of Unicode or of bytes in UTF-8.

    Raises:
        CorruptFile: they are other bytes.
    """
    found = stored.reshape(-1).tolist()
    try:
        return [text if isinstance(text, str) else text.decode() for text in found]
    except UnicodeDecodeError as error:
        raise CorruptFile(
            f"Expected class names in UTF-8 in {where}, got other bytes; encode them again."
        ) from error
