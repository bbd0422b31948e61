"""A vector of a maximum pool on its own, compiled here whatever is in the cache."""

import numpy as np
import pytest

from tests.worker.nn.engines.cpu.test_place_tile import called, filled
from worker.nn.engines.cpu.pool_vector import largest_vector, largest_vector_back
from worker.nn.engines.cpu.tile import VECTOR_BYTES
from worker.nn.engines.layout import empty


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_a_vector_takes_the_largest_numbers_and_the_first_of_them_the_error(dtype: str) -> None:
    rng, lanes = np.random.default_rng(0), VECTOR_BYTES // np.dtype(dtype).itemsize
    X, dZ = filled(dtype, rng, 5, lanes), filled(dtype, rng, lanes)
    X[3] = X[0]  # equals
    sources = np.array([4, 7, 0, 7, -1, 7, 3, 7], "int32")  # every other one; one is missing
    Z, dX = empty(dtype, lanes), filled(dtype, rng, 5, lanes)
    table = sources.ctypes.data, 2, 4
    called(largest_vector)(X[:0, 0], X.ctypes.data, X.strides[0], *table, Z.ctypes.data)
    assert np.array_equal(Z, X[[4, 0, 3]].max(axis=0))
    expected = dX.copy()
    np.add.at(expected, (np.array([4, 0])[X[[4, 0]].argmax(axis=0)], np.arange(lanes)), dZ)
    addresses = X.ctypes.data, dX.ctypes.data
    ends = Z.ctypes.data, dZ.ctypes.data
    called(largest_vector_back)(X[:0, 0], *addresses, X.strides[0], *table, *ends)
    assert np.array_equal(dX, expected)
