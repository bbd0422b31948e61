"""Rows of which some cannot be used: the others together, and each fault in its place."""

from collections.abc import Callable, Iterator

import numpy as np
from numpy.typing import NDArray

from worker.errors import InvalidParameter

Rows = NDArray[np.float64]


def usable(
    rows: Rows, wrong: NDArray[np.bool_], fault: Callable[[int, int], InvalidParameter]
) -> Iterator[Rows | InvalidParameter]:
    """Yields the rows, (m, n), in which nothing is wrong, as many together as stand together, and
    the fault of each of the others, in their order.

    Args:
        wrong: which numbers are, (m, n).
        fault: of a row and a place in it, the first that is wrong.
    """
    start = 0
    for row in np.flatnonzero(wrong.any(axis=1)).tolist():
        if start < row:
            yield rows[start:row]
        yield fault(row, int(wrong[row].argmax()))
        start = row + 1
    if start < len(rows):
        yield rows[start:]
