"""Batches of float32 are the rows in their order, as they are or normalized."""

import numpy as np
import pytest
from numpy.testing import assert_array_equal

from tests.worker.nn.engines.computing import computed, every_precision, rows_of
from tests.worker.nn.engines.cpu.test_gather import normal_of
from worker.nn.engines.cpu.engine import CpuEngine
from worker.nn.normalization import none

pytestmark = pytest.mark.usefixtures("no_step_is_small")

rng = np.random.default_rng(0)


@every_precision
@pytest.mark.parametrize("threads", [1, 3])
@pytest.mark.parametrize("features", [1, 2, 7, 40])
def test_rows_of_floats_are_gathered_as_they_are(
    precision: str, threads: int, features: int
) -> None:
    x, order = rng.normal(size=(30, features)).astype("float32"), rng.integers(0, 30, 50)
    do = CpuEngine(precision, threads)
    rows = rows_of(x, order=order)
    X = computed(do, lambda: do.batch(none(x[0]), floats=True), rows)
    assert_array_equal(X, x[order])


def test_rows_of_floats_are_normalized() -> None:
    x, normal = rng.normal(size=(30, 19)).astype("float32"), normal_of((19,), "float64")
    do = CpuEngine("float64", threads=2)
    X = computed(do, lambda: do.whole_batch(normal, rows_of(x), floats=True), rows_of(x))
    assert_array_equal(X, normal.apply(x))


@pytest.mark.parametrize("dtype", ["int64", "float64", "int8"])
def test_samples_of_other_numbers_are_refused(dtype: str) -> None:
    with pytest.raises(TypeError, match=f"uint8 or float32, got {dtype}"):
        rows_of(np.zeros((1, 1), dtype))
