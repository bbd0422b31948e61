from math import prod

import numpy as np
import pytest
from numpy.testing import assert_allclose

from tests.worker.nn.gradcheck import layer_errors
from worker.nn.arrays import Array
from worker.nn.layers import Layer
from worker.nn.pooling import GlobalAverage, Pooling
from worker.nn.pools import POOLS
from worker.nn.windows import Padding, Window

RNG = np.random.default_rng(13)
PICTURE = np.array([[1.0, 2, 7], [4, 3, 6]]).reshape(1, 2, 3, 1)


def apart(*shape: int) -> Array:
    """Numbers of which no two are close: between them lies the kink of the largest."""
    return RNG.permuted(np.linspace(-2, 2, prod(shape))).reshape(shape)


@pytest.mark.parametrize(
    ("pool", "numbers", "dX"),
    [
        ("max", [4, 7], [[0, 0, 12], [8, 0, 0]]),
        ("average", [2.5, 6.5], [[2, 2, 6], [2, 2, 6]]),
    ],
)
def test_pooling_worked_by_hand(pool: str, numbers: list[float], dX: list[list[float]]) -> None:
    # The second place reaches over the border, which is neither largest nor counted.
    Z, backward = Pooling(POOLS[pool], Window(2, 2, 2)).forward(PICTURE)
    assert Z.ravel().tolist() == numbers
    dZ = np.array([8.0, 12.0]).reshape(1, 1, 2, 1)
    assert backward.to_input(dZ)[0, :, :, 0].tolist() == dX


def test_what_is_padded_is_not_the_largest() -> None:
    Z, _ = Pooling(POOLS["max"], Window(3, 3)).forward(-PICTURE)
    assert Z[0, :, :, 0].tolist() == [[-1, -1, -2], [-1, -1, -2]]


def test_of_equals_the_first_takes_the_derivative() -> None:
    Z, backward = Pooling(POOLS["max"], Window(2, 2, 2)).forward(np.zeros((1, 2, 2, 1)))
    assert backward.to_input(np.ones_like(Z)).ravel().tolist() == [1, 0, 0, 0]


def test_a_number_that_is_the_largest_of_two_windows_takes_both_derivatives() -> None:
    X = np.array([1.0, 7, 2]).reshape(1, 1, 3, 1)
    _, backward = Pooling(POOLS["max"], Window(1, 2, 1, "valid")).forward(X)
    assert backward.to_input(np.array([5.0, 6]).reshape(1, 1, 2, 1)).ravel().tolist() == [0, 11, 0]


@pytest.mark.parametrize("stride", [1, 2, 3])
@pytest.mark.parametrize("padding", ["same", "valid"])
@pytest.mark.parametrize("kernel", [1, 2, 3])
@pytest.mark.parametrize("pool", POOLS)
def test_the_way_back_is_the_derivative(
    stride: int, padding: Padding, kernel: int, pool: str
) -> None:
    layer = Pooling(POOLS[pool], Window(kernel, kernel, stride, padding))
    assert max(layer_errors(layer, apart(2, 3, 5, 2))) < 1e-7


@pytest.mark.parametrize("shape", [(1, 1, 1, 1), (2, 1, 1, 3), (1, 3, 2, 1)])
@pytest.mark.parametrize(
    "layer", [GlobalAverage(), *(Pooling(pool, Window(2, 2, 2)) for pool in POOLS.values())]
)
def test_one_place_one_channel_and_one_row_are_enough(shape: tuple[int, ...], layer: Layer) -> None:
    assert max(layer_errors(layer, apart(*shape))) < 1e-7


def test_the_global_average_is_each_channels_mean() -> None:
    X = RNG.normal(size=(4, 3, 5, 2))
    Z, _ = GlobalAverage().forward(X)
    assert_allclose(Z, X.mean(axis=(1, 2)))


@pytest.mark.parametrize("layer", [GlobalAverage(), Pooling(POOLS["max"], Window(2, 2))])
def test_there_is_nothing_to_train(layer: Layer) -> None:
    Z, backward = layer.forward(PICTURE)
    assert layer.params == layer.running == backward.gradients(Z) == []


@pytest.mark.parametrize("pool", POOLS)
def test_a_window_larger_than_the_picture_is_refused(pool: str) -> None:
    with pytest.raises(ValueError, match="at least 3 × 3 for this kernel, got 2 × 3"):
        Pooling(POOLS[pool], Window(3, 3, 1, "valid")).forward(PICTURE)


@pytest.mark.parametrize("pool", POOLS)
def test_the_precision_stays(pool: str) -> None:
    Z, backward = Pooling(POOLS[pool], Window(2, 2)).forward(PICTURE.astype("float32"))
    assert {Z.dtype.name, backward.to_input(Z).dtype.name} == {"float32"}


@pytest.mark.parametrize(("pool", "jumps"), [("max", 2), ("average", 0)])
def test_it_tells_where_its_largest_numbers_are(pool: str, jumps: int) -> None:
    layer = Pooling(POOLS[pool], Window(2, 2, padding="valid"))
    other = PICTURE.copy()
    other[0, 0, 0] = 5  # and no longer 1: it is larger than what was the largest, 4
    (before,), (after,) = (layer.forward(X)[1].slopes() for X in (PICTURE, other))
    assert np.count_nonzero(before != after) == jumps
