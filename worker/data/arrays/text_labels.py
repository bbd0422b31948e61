"""Labels that are the names of their classes: (rows,) of texts."""

from collections.abc import Iterator, Sequence

import numpy as np

from worker.data import contents
from worker.data.arrays import classes
from worker.data.arrays.classes import Classes
from worker.data.arrays.stored import StoredArray
from worker.data.contents import Labels
from worker.data.rows import rows_per_block
from worker.errors import CorruptFile, LimitExceeded


def named(lists: Sequence[StoredArray], arrays: Sequence[StoredArray], max_classes: int) -> Classes:
    """Returns the classes, in the order of the lists or else of the alphabet, and the place of each
    label among them.

    Args:
        arrays: labels of each split.

    Raises:
        CorruptFile: they are not the names of two classes, or are not in the lists.
        LimitExceeded: there are more classes than are allowed.
    """
    names = classes.listed(lists, max_classes) or sorted(_distinct(arrays, max_classes))
    contents.check_classes(names, max_classes)
    places = {name: label for label, name in enumerate(names)}
    labels = [_placed(array, places) for array in arrays]
    return Classes(names, labels, "the labels, which are texts, were numbered")


def _distinct(arrays: Sequence[StoredArray], max_classes: int) -> set[str]:
    found: set[str] = set()
    for array in arrays:
        for block in _blocks(array):
            found |= {*block}
            if len(found) > max_classes:
                raise LimitExceeded(
                    f"Expected at most {max_classes:,} classes in {array.where}, got more; "
                    "join some of them."
                )
    return found


def _placed(array: StoredArray, places: dict[str, int]) -> Labels:
    labels = []
    for block in _blocks(array):
        if unknown := {*block} - places.keys():
            raise CorruptFile(
                f"Expected a name of a class as each label in {array.where}, got "
                f"{min(unknown)[:40]!r}; name every class or mend the labels."
            )
        labels += [places[name] for name in block]
    return np.array(labels, dtype=np.int64)


def _blocks(array: StoredArray) -> Iterator[list[str]]:
    step = rows_per_block(array.dtype.itemsize)
    for start in range(0, array.shape[0], step):
        yield classes.texts(array.read(slice(start, start + step)), array.where)
