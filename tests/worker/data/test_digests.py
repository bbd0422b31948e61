"""Numbers of rows: the same of the same rows, and of no others."""

from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from worker.data.digests import (
    NARROW,
    are_different,
    digest_of,
    digests_of,
    groups_of,
    of_block,
    of_columns,
    places_among,
)


@pytest.mark.parametrize(
    "shape", [(50, 4, 4, 3), (50,), (50, 7), (50, NARROW + 1), (50, 0), (0, 4, 4, 3)]
)
@pytest.mark.parametrize("dtype", [np.uint8, np.float32, np.int64])
def test_rows_that_are_the_same_have_the_same_number(shape: tuple[int, ...], dtype: type) -> None:
    rows: NDArray[Any] = np.random.default_rng(1).integers(0, 256, shape).astype(dtype)
    twice = of_block(np.concatenate([rows, rows]))
    assert (twice[: len(rows)] == twice[len(rows) :]).all()
    assert (digests_of([rows[:20], rows[20:]]) == twice[: len(rows)]).all()
    assert len({*of_block(rows).tolist()}) == len(np.unique(rows, axis=0))


def test_a_number_is_that_of_the_bytes_of_a_row() -> None:
    rows = np.arange(24, dtype=np.uint8).reshape(4, 6)
    assert of_block(rows).tolist() == [digest_of(row.tobytes()) for row in rows]
    assert of_block(rows[:, ::2]).tolist() == [digest_of(row.tobytes()) for row in rows[:, ::2]]


def test_a_bit_of_a_cell_makes_another_number() -> None:
    bits = np.uint64(1) << np.arange(64, dtype=np.uint64)
    changed = [np.zeros(64, np.uint64), bits, np.zeros(64, np.uint64)]
    pairs = [
        of_columns([np.repeat(one, 64), np.tile(other, 64)])
        for one, other in ((bits, bits), (bits ^ bits, bits))
    ]
    assert are_different(of_columns(changed))
    assert are_different(pairs[0])
    assert len({*pairs[1].tolist()}) == 64


def test_no_two_of_many_rows_have_one_number() -> None:
    numbers = np.arange(200_000) / 8
    columns = [numbers.view(np.uint64), (-numbers[::-1]).view(np.uint64)]
    assert are_different(of_columns(columns))


def test_groups_are_counted_as_they_begin() -> None:
    digests = np.array([7, 3, 7, 9, 3, 1], np.uint64)
    assert groups_of(digests).tolist() == [0, 1, 0, 2, 1, 3]
    assert groups_of(digests[:2]).tolist() == [0, 1]
    assert not are_different(digests)


def test_rows_of_one_split_are_found_in_another() -> None:
    some, others = np.array([5, 1, 9, 5], np.uint64), np.array([9, 5, 2], np.uint64)
    assert places_among(some, others).tolist() == [0, 2, 3]
    assert places_among(some, others[:0]).tolist() == []
    assert places_among(some[:0], others).tolist() == []
