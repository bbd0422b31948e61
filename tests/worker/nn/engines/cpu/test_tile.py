"""Each tile kernel on its own, compiled here whatever is in the cache."""

from collections.abc import Callable
from typing import Any

import numba
import numpy as np
import pytest

from worker.nn.arrays import Array
from worker.nn.engines.cpu.tile import ROWS, UNROLL, VECTOR_BYTES, tile_kernel
from worker.nn.engines.layout import empty

DEPTH = 3 * UNROLL
STEP = DEPTH + 5  # between rows of a left factor


def filled(dtype: str, rng: np.random.Generator, *shape: int) -> Array:
    """Random numbers where kernels can read them."""
    place = empty(dtype, *shape)
    place[...] = rng.integers(-9, 9, shape)
    return place


def compiled(vectors: int, by_rows: bool) -> Callable[..., None]:
    tile: Any = tile_kernel(vectors, by_rows)

    @numba.njit
    def call(like, a, step, b, c, c_step, depth, add):  # type: ignore[no-untyped-def]
        tile(like, a, step, b, c, c_step, depth, add)

    return call  # type: ignore[no-any-return]


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("vectors", [1, 2, 3])
@pytest.mark.parametrize("by_rows", [True, False])
def test_a_tile_is_the_product_of_its_factors(by_rows: bool, vectors: int, dtype: str) -> None:
    rng, columns = np.random.default_rng(0), vectors * VECTOR_BYTES // np.dtype(dtype).itemsize
    # Apart by more than they are long, as a part of a larger matrix lies.
    A = filled(dtype, rng, ROWS, STEP) if by_rows else filled(dtype, rng, DEPTH, STEP)
    B, C = filled(dtype, rng, DEPTH, columns), filled(dtype, rng, ROWS, columns)
    packed = np.ascontiguousarray(B)
    left, before = (A[:, :DEPTH] if by_rows else A[:, :ROWS].T), C.copy()
    call, step = compiled(vectors, by_rows), A.strides[0] // A.itemsize
    for add, expected in ((0, left @ B), (1, 2 * (left @ B))):
        call(
            C[:0, 0], A.ctypes.data, step, packed.ctypes.data, C.ctypes.data,
            C.strides[0] // C.itemsize, DEPTH, add,
        )  # fmt: skip
        assert np.array_equal(C, expected)
    assert not np.array_equal(before, C)
