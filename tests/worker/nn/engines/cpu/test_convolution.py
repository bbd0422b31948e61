"""Convolutions by tables of places are those of the formulas, whatever the shapes."""

from functools import partial

import numpy as np
import pytest

from tests.worker.nn.engines.computing import behind, computed, every_precision
from tests.worker.nn.engines.cpu.against_eager import agree
from worker.nn.arrays import Array
from worker.nn.engine import Engine
from worker.nn.engines.cpu.engine import CpuEngine
from worker.nn.engines.layout import PATCH, matrix
from worker.nn.windows import Padding, Window

pytestmark = pytest.mark.usefixtures("no_step_is_small")

PADDINGS: list[Padding] = ["same", "valid"]


def drawn_window(rng: np.random.Generator) -> tuple[Window, tuple[int, int]]:
    """A window, and a size of pictures that have places for it."""
    height, width, stride = rng.integers(1, 6, 3).tolist()
    window = Window(height, width, min(stride, 3), PADDINGS[rng.integers(2)])
    least = (height, width) if window.padding == "valid" else (1, 1)
    h, w = (int(n + rng.integers(0, 9)) for n in least)
    return window, (h, w)


def numbers(rng: np.random.Generator, precision: str, *shape: int) -> Array:
    return rng.normal(size=shape).astype(precision)


def both_ways(window: Window, do: Engine, X: Array, dZ: Array, W: Array, b: Array) -> list[Array]:
    return [
        do.convolve(X, W, b, window),
        do.convolve(X, W, None, window),
        do.convolve_kernel_gradient(X, dZ, W, window),
        do.convolve_input_gradient(dZ, W, window, X.shape),
        do.add_rows(dZ),
    ]


@every_precision
@pytest.mark.parametrize("depthwise", [False, True])
@pytest.mark.parametrize("seed", range(40))
def test_a_convolution_of_any_shape_is_right_both_ways(
    seed: int, depthwise: bool, precision: str
) -> None:
    rng = np.random.default_rng(seed)
    window, size = drawn_window(rng)
    m, c, filters = (int(rng.integers(1, most)) for most in (6, 21, 71))
    kernel = (window.height, window.width, c)
    W = numbers(rng, precision, *kernel) if depthwise else numbers(rng, precision, *kernel, filters)
    X, b = numbers(rng, precision, m, *size, c), numbers(rng, precision, W.shape[-1])
    dZ = numbers(rng, precision, m, *window.places(*size), W.shape[-1])
    agree(partial(both_ways, window), [X, dZ, W, b])


@every_precision
@pytest.mark.parametrize("window", [Window(3, 3), Window(1, 1), Window(3, 3, 2)], ids=str)
def test_pictures_of_more_places_than_are_taken_at_a_time(precision: str, window: Window) -> None:
    rng = np.random.default_rng(0)
    X, W = numbers(rng, precision, 3, 21, 20, 5), numbers(rng, precision, 3, 3, 5, 20)
    W = W[: window.height, : window.width]
    dZ = numbers(rng, precision, 3, *window.places(21, 20), 20)
    assert 2 * PATCH < 21 * 20
    given = [X, dZ, W, numbers(rng, precision, 20)]
    agree(partial(both_ways, window), given)


@every_precision
def test_a_place_in_no_window_has_no_gradient(precision: str) -> None:
    rng, window = np.random.default_rng(0), Window(1, 1, 3, "valid")
    dZ, W = numbers(rng, precision, 2, 2, 2, 4), numbers(rng, precision, 1, 1, 3, 4)
    do = CpuEngine(precision, threads=2)
    found = computed(
        do, lambda: do.convolve_input_gradient(do.copy(dZ), do.copy(W), window, (2, 6, 6, 3))
    )
    assert np.argwhere(found.any(axis=(0, 3))).tolist() == [[0, 0], [0, 3], [3, 0], [3, 3]]


@every_precision
def test_what_lies_behind_the_places_stays_zero(precision: str) -> None:
    rng, do = np.random.default_rng(0), CpuEngine(precision, threads=2)
    shapes: list[tuple[int, ...]] = [(2, 5, 4, 3), (2, 5, 4, 7), (3, 3, 3, 7), (7,)]
    given = [do.copy(numbers(rng, precision, *shape)) for shape in shapes]
    found = computed(do, partial(both_ways, Window(3, 3), do, *given))
    assert all(part.any() and not behind(matrix(part)).any() for part in found)


def test_a_number_that_is_none_reaches_the_windows_it_lies_in_and_no_others() -> None:
    do, X = CpuEngine("float64", threads=1), np.ones((2, 6, 6, 2))
    X[0, 2, 3, 1] = np.nan
    W, b = do.copy(np.ones((3, 3, 2, 4))), do.copy(np.ones(4))
    Z = computed(do, lambda: do.convolve(do.copy(X), W, b, Window(3, 3)))
    hit = np.zeros(Z.shape, bool)
    hit[0, 1:4, 2:5] = True
    assert (np.isnan(Z) == hit).all()
