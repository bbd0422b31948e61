"""Rows of numbers out of a NumPy file that is the body of a request, a block at a time."""

from collections.abc import Callable, Iterator, Sequence
from math import prod
from typing import Any

import numpy as np
from numpy.typing import NDArray

from worker.data.arrays import npy
from worker.data.arrays.stored import NUMBERS
from worker.data.json_rows import check_rows
from worker.data.usable_rows import usable
from worker.errors import InvalidParameter

BLOCK_BYTES = 4 * 2**20
WHERE = "the body"

Rows = NDArray[np.float64]


def is_npy(body: bytes) -> bool:
    return body.startswith(npy.MAGIC)


def read(
    body: bytes, shape: Sequence[int], max_rows: int, *, most: float, gaps: bool = False
) -> Iterator[Rows | InvalidParameter]:
    """Yields blocks of rows, (m, features), float64, and in the place of each row that cannot be
    used why; in their order, and of at least one row in all.

    Args:
        shape: of a sample; rows may have it, or be flat.
        max_rows: in the body.
        most: that a number may be, above 0 and below.
        gaps: whether NaN may stand where a number is missing.

    Raises:
        CorruptFile, UnsupportedFile: the body is no array of numbers.
        InvalidParameter: it is one of another shape.
        LimitExceeded: there are too many rows.
    """
    array = npy.of_bytes(body, WHERE, NUMBERS)
    if array.shape[1:] not in forms(shape) or not array.shape[0]:
        raise InvalidParameter(_expected(shape, array.shape))
    check_rows(array.shape[0], max_rows)
    # Of an array in the order of Fortran each reading costs as much as one of all its rows.
    turned = array.read() if array.header.turned else None
    yield from blocks(array.shape, array.read if turned is None else turned.__getitem__, most, gaps)


def forms(shape: Sequence[int]) -> tuple[tuple[int, ...], ...]:
    """Returns the shapes that a row may have, of a sample of this one: flat, or the same."""
    return (prod(shape),), tuple(shape)


def blocks(
    shape: Sequence[int], read: Callable[[slice], NDArray[Any]], most: float, gaps: bool
) -> Iterator[Rows | InvalidParameter]:
    """Yields what `read` says of an array of this shape.

    Args:
        read: returns some of its rows.
    """
    step = max(1, BLOCK_BYTES // (8 * prod(shape[1:])))
    for start in range(0, shape[0], step):
        block = read(slice(start, start + step))
        yield from _numbers(block.reshape(len(block), -1).astype(np.float64), start, most, gaps)


def _numbers(rows: Rows, before: int, most: float, gaps: bool) -> Iterator[Rows | InvalidParameter]:
    wrong = ~(np.abs(rows) <= most)
    if gaps:
        wrong &= ~np.isnan(rows)

    def fault(row: int, place: int) -> InvalidParameter:
        return InvalidParameter(
            f"Expected a finite number of at most {most:.3g}, got {rows[row, place]:g}.",
            f"/rows/{before + row}/{place}",
        )

    return usable(rows, wrong, fault)


def _expected(shape: Sequence[int], came: Sequence[int]) -> str:
    advice = "Put one row alone into a list of one, as in x[None]."
    if len(came) == 4 or len(came) == 3:
        advice = "Send pictures of another size as files, which are resized as those of training."
    return f"Expected the shape {told_forms(shape)} in the body, got {tuple(came)}. {advice}"


def told_forms(shape: Sequence[int]) -> str:
    """Returns in words the shapes that an array of rows may have."""
    return " or ".join(
        dict.fromkeys(f"(rows, {', '.join(map(str, form))})" for form in forms(shape))
    )
