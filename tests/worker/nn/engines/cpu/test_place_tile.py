"""Each tile of a convolution on its own, compiled here whatever is in the cache."""

from collections.abc import Callable
from typing import Any

import numba
import numpy as np
import pytest

from worker.nn.arrays import Array
from worker.nn.engines.cpu.place_tile import PLACES, convolution_kernel, gradient_kernel
from worker.nn.engines.cpu.tile import VECTOR_BYTES
from worker.nn.engines.layout import empty

CHANNELS, POSITIONS, SOURCES, PICTURES = 8, 3, 20, 2
NONE = 7  # the source that lies nowhere


def called(tile: Any) -> Callable[..., None]:
    @numba.njit
    def call(like, *arguments):  # type: ignore[no-untyped-def]
        tile(like, *arguments)

    return call  # type: ignore[no-any-return]


def filled(dtype: str, rng: np.random.Generator, *shape: int) -> Array:
    """Random whole numbers where kernels can read them."""
    place = empty(dtype, *shape)
    place[...] = rng.integers(-9, 9, shape)
    return place


def distances(sources: Array, X: Array) -> Array:
    """Of these rows of X from the first, in numbers; negative for NONE."""
    return np.where(sources == NONE, -1, sources * X.strides[-2] // X.itemsize).astype("int32")


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("vectors", [1, 2, 3])
@pytest.mark.parametrize(("bent", "least"), [(0, -np.inf), (1, 0)])
def test_a_tile_is_a_convolution_at_some_places(
    vectors: int, dtype: str, bent: int, least: float
) -> None:
    rng, columns = np.random.default_rng(0), vectors * VECTOR_BYTES // np.dtype(dtype).itemsize
    X, W = (
        filled(dtype, rng, SOURCES, CHANNELS),
        rng.integers(-9, 9, (POSITIONS, CHANNELS, columns)),
    )
    sources = rng.integers(0, SOURCES, (POSITIONS, PLACES))
    sources[1] = NONE  # nothing lies under a whole position
    sources[2, 0] = NONE
    order, bias = rng.permutation(PLACES), filled(dtype, rng, columns)
    Z, blank = empty(dtype, PLACES, columns), empty(dtype, CHANNELS)
    packed = np.ascontiguousarray(W, dtype)
    table, places = distances(sources, X), (order * Z.strides[0] // Z.itemsize).astype("int32")
    called(convolution_kernel(vectors))(
        X[:0, 0], X.ctypes.data, blank.ctypes.data, table.ctypes.data, POSITIONS,
        packed.ctypes.data, CHANNELS, bias.ctypes.data, Z.ctypes.data, places.ctypes.data, bent,
    )  # fmt: skip
    under = np.where((sources == NONE)[..., None], 0, X[sources])
    expected = np.einsum("npc,ncf->pf", under, W) + bias
    assert (expected < 0).any()
    assert np.array_equal(Z[order], np.maximum(expected, least))


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("vectors", [1, 2, 3])
def test_a_tile_is_some_rows_of_a_gradient(vectors: int, dtype: str) -> None:
    rng, columns = np.random.default_rng(0), vectors * VECTOR_BYTES // np.dtype(dtype).itemsize
    X, count = filled(dtype, rng, PICTURES, SOURCES), 5
    places, rows = (rng.integers(0, SOURCES // 2, n).astype("int32") for n in (count, PLACES))
    errors = rng.integers(-9, 9, (PICTURES, count, columns))
    dW, packed = empty(dtype, PLACES, columns), np.ascontiguousarray(errors, dtype)
    expected = np.einsum("ipn,ipf->nf", X[:, places[:, None] + rows], errors)
    call = called(gradient_kernel(vectors))
    for add, times in ((0, 1), (1, 2)):
        call(
            X[:0, 0], X.ctypes.data, X.strides[0], places.ctypes.data, rows.ctypes.data, PICTURES,
            count, packed.ctypes.data, dW.ctypes.data, dW.strides[0] // dW.itemsize, add,
        )  # fmt: skip
        assert np.array_equal(dW, times * expected)
