"""Labels in the forms that people have them in, as whole numbers: (rows,)."""

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from worker.data.arrays.stored import StoredArray
from worker.data.contents import Labels
from worker.data.rows import rows_per_block
from worker.errors import CorruptFile, LimitExceeded

MAX_LABEL = np.iinfo(np.int32).max


class Numbers(NamedTuple):
    """A label for each picture, (rows,), and in words what was done to get them."""

    labels: Labels
    change: str | None


def read(array: StoredArray, rows: int, max_classes: int) -> Numbers | None:
    """Returns the labels of pictures; None if they are texts.

    Args:
        array: (rows,), (1, rows) or (rows, 1) of texts, or of whole numbers of any type; or
            (rows, k) or (k, rows) of 0 and 1, with one 1 for each picture.

    Raises:
        CorruptFile: there are more or fewer labels, or they are none.
        LimitExceeded: there are more classes than are allowed.
    """
    shape = array.shape
    if shape in ((rows,), (1, rows), (rows, 1)):
        texts = array.dtype.kind in "SU"
        return None if texts else Numbers(_whole(array.read().reshape(-1), array.where), None)
    if len(shape) != 2 or rows not in shape or not rows or array.dtype.kind in "SU":
        raise CorruptFile(
            f"Expected {rows:,} labels in {array.where}, got the shape {shape}; "
            "send one label for each picture."
        )
    across = shape[0] != rows
    if (classes := shape[0] if across else shape[1]) > max_classes:
        raise LimitExceeded(
            f"Expected at most {max_classes:,} classes in {array.where}, got {classes:,}; "
            "join some of them."
        )
    labels = _of_columns(array) if across else _of_rows(array)
    return Numbers(labels, f"{array.where}: the place of the 1 in {shape} became the label")


def _whole(values: NDArray[Any], where: str) -> Labels:
    if values.dtype.kind == "f":
        values = values.astype(np.float64)  # float16 has no numbers as large as MAX_LABEL
    # Checked before the cast, which would make a large uint64 negative. NaN is in no range.
    if not (known := (values >= -MAX_LABEL) & (values <= MAX_LABEL)).all():
        raise CorruptFile(
            f"Expected labels of at most {MAX_LABEL:,} in {where}, got {values[~known][0]:.20g}; "
            "number the classes from 0."
        )
    labels = values.astype(np.int64)
    if (wrong := labels != values).any():
        raise CorruptFile(
            f"Expected whole numbers as labels in {where}, got {values[wrong][0]:.10g}; "
            "number the classes from 0."
        )
    return labels


def _of_rows(array: StoredArray) -> Labels:
    rows, classes = array.shape
    step = rows_per_block(classes * array.dtype.itemsize)
    blocks = [array.read(slice(at, at + step)) for at in range(0, rows, step)]
    return np.concatenate([_places(block, array) for block in blocks])


def _of_columns(array: StoredArray) -> Labels:
    # A class at a time: all of them could be more than there is memory for.
    labels = np.full(array.shape[1], -1)
    for label in range(array.shape[0]):
        (ones,) = array.read(slice(label, label + 1))
        _check_places((ones != 0) & (ones != 1) | (ones == 1) & (labels >= 0), array)
        labels[ones == 1] = label
    _check_places(labels < 0, array)
    return labels


def _places(block: NDArray[Any], array: StoredArray) -> Labels:
    ones = block == 1
    _check_places(((block != 0) & ~ones).any(axis=1) | (ones.sum(axis=1) != 1), array)
    places: Labels = ones.argmax(axis=1)
    return places


def _check_places(wrong: NDArray[np.bool_], array: StoredArray) -> None:
    if wrong.any():
        raise CorruptFile(
            f"Expected one label for each picture in {array.where}, or 0 and 1 with one 1 for each "
            f"picture, got {array.shape} of other numbers; send one label for each picture."
        )
