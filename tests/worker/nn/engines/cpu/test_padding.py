import numpy as np
import pytest

from tests.worker.nn.engines.computing import computed, every_precision
from tests.worker.nn.engines.cpu.test_convolution import numbers
from worker.nn.engines.cpu.engine import CpuEngine
from worker.nn.windows import Window

pytestmark = pytest.mark.usefixtures("no_step_is_small")


@every_precision
@pytest.mark.parametrize("c", [1, 3, 6, 17, 32])
@pytest.mark.parametrize("window", [Window(3, 5), Window(4, 2, 2), Window(3, 3, 1, "valid")])
@pytest.mark.parametrize("threads", [1, 3])
def test_pictures_are_padded_with_zeros_and_without_gaps(
    threads: int, window: Window, c: int, precision: str
) -> None:
    X, do = numbers(np.random.default_rng(0), precision, 3, 7, 6, c), CpuEngine(precision, threads)
    expected, place = window.pad(X), do.copy(X)
    before = do._pad(place, window)
    before[...] = 7  # of another step
    do.record(1, lambda: None)  # which lends the same again
    P = computed(do, lambda: do._pad(place, window))
    assert P is not before
    assert np.shares_memory(P, before)
    columns = expected[0, 0].size
    assert np.array_equal(P[:, :columns].reshape(expected.shape), expected)
    assert not P[:, columns:].any()


def test_pictures_are_padded_once_for_both_ways_of_a_program() -> None:
    do, rng, window = CpuEngine("float32", threads=1), np.random.default_rng(0), Window(3, 3)
    X = do.copy(numbers(rng, "float32", 2, 5, 5, 3))
    W = do.copy(numbers(rng, "float32", 3, 3, 3, 4))

    def step() -> None:
        do.convolve_kernel_gradient(X, do.convolve(X, W, None, window), W, window)

    for _ in range(2):
        do.record(2, step)
        assert len(do._buffers.buffers) == 3  # Z, dW, and what was padded
        assert list(do._padded) == [(X.ctypes.data, window)]
