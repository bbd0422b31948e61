"""Which pictures of a dataset are on a sheet."""

from collections.abc import Collection, Sequence

import numpy as np
from numpy.typing import NDArray

from worker.data.sheet.places import COLUMNS

MOST = 240  # pictures on a sheet
FEW = 120  # pictures, unless more are asked for
OF_ONE = 4 * COLUMNS  # where one class is asked for


def rows_of_each(classes: int) -> int:
    """Returns how many pictures of each of so many classes are shown where nobody says it: as many
    as fill the lines of the sheet."""
    if classes == 1:
        return OF_ONE
    whole = (rows for rows in range(COLUMNS, 1, -1) if COLUMNS % rows == 0)
    return next((rows for rows in whole if rows * classes <= FEW), 1)


def chosen(labels: NDArray[np.int64], label: int, rows: int, named: Collection[int]) -> list[int]:
    """Returns rows of a class in their order: spread evenly over it, up to half of them such that
    findings name.

    Args:
        labels: of all rows.
        rows: how many there are at most.
    """
    own = np.flatnonzero(labels == label)
    if len(own) <= rows:
        return own.tolist()
    first: Sequence[int] = [row for row in own.tolist() if row in named][: rows // 2]
    others = np.setdiff1d(own, first)
    count = rows - len(first)
    return sorted([*first, *others[np.arange(count) * len(others) // count].tolist()])
