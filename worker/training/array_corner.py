"""The numbers of an array that fit on a page."""

from math import isfinite
from typing import Any

from worker.nn.arrays import Array

MOST_OF_PICTURES = 8  # numbers along each side of what has more sides than a matrix


def corner(numbers: Array, most: int) -> Any:
    """The first numbers along each side, in lists of lists; None in the place of what is none.

    Args:
        most: along each side.
    """
    side = most if numbers.ndim <= 2 else min(most, MOST_OF_PICTURES)
    return finite(numbers[(slice(side),) * numbers.ndim].tolist())


def finite(value: Any) -> Any:
    """The same, with None in the place of numbers that JSON has no words for."""
    if isinstance(value, list):
        return [finite(each) for each in value]
    return value if isfinite(value) else None
