"""What is folded answers as before, with fewer layers."""

import numpy as np
import pytest
from numpy.testing import assert_allclose

from worker.nn.activations import ACTIVATIONS
from worker.nn.arrays import Array
from worker.nn.batch_normalization import BatchNormalization
from worker.nn.convolution import Convolution
from worker.nn.folding import Normalize, with_normalization, without_batch_normalization
from worker.nn.layers import Activate, Dense, Flatten, Layer
from worker.nn.network import Network
from worker.nn.normalization import Normalization
from worker.nn.pooling import GlobalAverage, Pooling
from worker.nn.pools import POOLS
from worker.nn.residual import Residual
from worker.nn.windows import Window

RNG = np.random.default_rng(7)
X = RNG.integers(0, 256, (3, 5, 4, 2)).astype("float64")
RELU = Activate(ACTIVATIONS["relu"])


def some(*shape: int) -> Array:
    return RNG.normal(size=shape)


def normalization(n: int) -> BatchNormalization:
    layer = BatchNormalization(some(n), some(n), eps=0.1)
    layer.running = [some(n), RNG.random(n)]
    return layer


def count(layers: list[Layer]) -> int:
    """Batch normalizations, those within residuals among them."""
    inner = sum(count(layer.layers) for layer in layers if isinstance(layer, Residual))
    return inner + sum(isinstance(layer, BatchNormalization) for layer in layers)


def block() -> Residual:
    inner: list[Layer] = [Convolution(some(3, 3, 2, 3)), normalization(3), RELU]
    return Residual([*inner, Convolution(some(3, 3, 3, 3)), normalization(3)],
                    Convolution(some(1, 1, 2, 3)))  # fmt: skip


@pytest.mark.parametrize(
    ("layers", "left"),
    [
        ([Convolution(some(3, 3, 2, 4), stride=2), normalization(4), RELU], 0),
        ([Convolution(some(3, 2, 2, 4), some(4), padding="valid"), normalization(4)], 0),
        ([Convolution(some(3, 3, 2), some(2)), normalization(2), normalization(2)], 0),
        ([Flatten(), Dense(some(40, 3), some(3)), normalization(3), RELU], 0),
        ([block(), GlobalAverage(), Dense(some(3, 2), some(2))], 0),
        ([normalization(2), Convolution(some(3, 3, 2, 4))], 1),
        ([Convolution(some(3, 3, 2, 4)), RELU, normalization(4)], 1),
        ([Pooling(POOLS["average"], Window(2, 2)), normalization(2)], 1),
    ],
    ids=["strided", "valid", "depthwise", "dense", "residual", "first", "late", "pooled"],
)
def test_a_batch_normalization_behind_weights_becomes_part_of_them(
    layers: list[Layer], left: int
) -> None:
    found = without_batch_normalization(layers)
    assert count(found) == left
    assert_allclose(Network(found).logits(X), Network(layers).logits(X), rtol=1e-10, atol=1e-10)


def test_the_layers_that_were_folded_stay_as_they_are() -> None:
    layers: list[Layer] = [Dense(some(2, 3), some(3)), normalization(3)]
    before = Network(layers).logits(X)
    without_batch_normalization(layers)
    assert (Network(layers).logits(X) == before).all()


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_what_is_folded_keeps_its_precision(dtype: str) -> None:
    layers: list[Layer] = [Convolution(some(3, 3, 2, 4)), normalization(4)]
    network = Network(layers)
    network.to(lambda array: array.astype(dtype))
    folded = Network(without_batch_normalization(network.layers))
    assert {p.dtype.name for p in folded.params} == {dtype}


def per_channel(*, shifted: bool) -> Normalization:
    shift, factor = some(2) + 100 if shifted else np.zeros(2), RNG.random(2) / 100
    return Normalization(shift, factor).everywhere((5, 4, 2))


UNEVEN = Normalization(some(5, 4, 2) + 100, RNG.random((5, 4, 2)))
SHIFTED, SCALED = per_channel(shifted=True), per_channel(shifted=False)
VALID = Convolution(some(3, 3, 2, 4), some(4), padding="valid")
SAME = Convolution(some(3, 3, 2, 4), some(4))
UNBIASED = Convolution(some(3, 3, 2, 4), padding="valid")
POINTS = Convolution(some(1, 1, 2, 4), some(4), stride=2)
DENSE = [Flatten(), Dense(some(40, 3), some(3))]


@pytest.mark.parametrize(
    ("layers", "normal"),
    [
        ([VALID, RELU], SHIFTED),
        ([POINTS], SHIFTED),
        ([SAME, RELU], SCALED),
        ([UNBIASED], SCALED),
        (DENSE, UNEVEN),
    ],
    ids=["valid", "points", "same", "unbiased", "dense"],
)
def test_the_normalization_becomes_part_of_the_first_layer(
    layers: list[Layer], normal: Normalization
) -> None:
    found = with_normalization(layers, normal)
    assert found is not None
    expected = Network(layers).logits(normal.apply(X))
    assert_allclose(Network(found).logits(X), expected, rtol=1e-10, atol=1e-10)


@pytest.mark.parametrize(
    ("layers", "normal"),
    [
        ([VALID], UNEVEN),
        ([SAME], SHIFTED),  # at the border it would be another
        ([UNBIASED], SHIFTED),
        ([Convolution(some(3, 3, 2), some(2), padding="valid")], SCALED),
        ([normalization(2), VALID], SCALED),
        ([Flatten(), RELU, DENSE[1]], SCALED),
        ([Flatten()], SCALED),
    ],
    ids=["uneven", "padded", "unbiased", "depthwise", "normalized", "activated", "weightless"],
)
def test_where_that_is_not_exact_it_stays_apart(layers: list[Layer], normal: Normalization) -> None:
    assert with_normalization(layers, normal) is None


def test_as_a_layer_it_normalizes() -> None:
    Z, backward = Normalize(UNEVEN).forward(X)
    assert_allclose(Z, (X - UNEVEN.shift) * UNEVEN.factor)
    assert (backward.to_input(Z) == Z * UNEVEN.factor).all()
