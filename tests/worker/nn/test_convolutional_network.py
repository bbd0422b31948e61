"""Networks of layers of pictures, in any order."""

from collections.abc import Callable
from math import prod

import numpy as np
import pytest
from numpy.testing import assert_allclose

from tests.worker.nn.gradcheck import numeric_gradient, relative_error
from worker.nn.activations import ACTIVATIONS
from worker.nn.arrays import Array
from worker.nn.batch_normalization import BatchNormalization
from worker.nn.convolution import Convolution
from worker.nn.engine import Eager
from worker.nn.layers import Activate, Dense, Flatten, Layer
from worker.nn.losses import loss_for
from worker.nn.network import Network
from worker.nn.pooling import GlobalAverage, Pooling
from worker.nn.pools import POOLS
from worker.nn.residual import Residual
from worker.nn.windows import Window

CLASSES = 3
Drawn = tuple[list[Layer], int]  # layers, and how many channels they return


def normalization(rng: np.random.Generator, c: int) -> BatchNormalization:
    layer = BatchNormalization(rng.normal(1, 0.1, c), rng.normal(size=c), eps=0.1)
    layer.running = [rng.normal(size=c), rng.random(c)]
    return layer


def convolution(rng: np.random.Generator, c: int) -> Drawn:
    filters, kernel, stride = rng.integers(1, 4, 3).tolist()
    W = rng.normal(size=(kernel, kernel, c, filters))
    return [
        Convolution(W, rng.normal(size=filters) if stride > 1 else None, stride=stride)
    ], filters


def depthwise(rng: np.random.Generator, c: int) -> Drawn:
    return [Convolution(rng.normal(size=(3, 3, c)), rng.normal(size=c))], c


def pooling(rng: np.random.Generator, c: int) -> Drawn:
    pool = POOLS[rng.choice([*POOLS])]
    return [Pooling(pool, Window(2, 2, int(rng.integers(1, 3))))], c


def normalized(rng: np.random.Generator, c: int) -> Drawn:
    return [normalization(rng, c)], c


def bent(rng: np.random.Generator, c: int) -> Drawn:
    return [Activate(ACTIVATIONS["tanh"])], c


def residual(rng: np.random.Generator, c: int) -> Drawn:
    inner = [*depthwise(rng, c)[0], normalization(rng, c), *bent(rng, c)[0]]
    W = rng.normal(size=(3, 3, c, c + 1))
    projection = Convolution(rng.normal(size=(1, 1, c, c + 1)), stride=2)
    return [Residual(inner), Residual([Convolution(W, stride=2)], projection)], c + 1


MAKERS: list[Callable[[np.random.Generator, int], Drawn]] = [
    convolution, depthwise, pooling, normalized, bent, residual
]  # fmt: skip


def network_of(rng: np.random.Generator, shape: tuple[int, ...]) -> Network:
    """Each kind of layer once, in an order that is drawn, then a head."""
    layers: list[Layer] = []
    c = shape[-1]
    for which in rng.permutation(len(MAKERS)):
        more, c = MAKERS[which](rng, c)
        layers += more
    layers.append(GlobalAverage() if rng.random() < 0.5 else Flatten())
    n_in = Network(layers).logits(np.ones(shape)).shape[1]
    head = Dense(rng.normal(size=(n_in, CLASSES)), np.zeros(CLASSES))
    return Network([*layers, normalization(rng, n_in), head])


@pytest.mark.parametrize(
    ("training", "shape"),
    [
        (False, (1, 4, 3, 2)),
        (False, (4, 1, 1, 1)),
        (True, (5, 4, 3, 2)),
        (True, (5, 1, 1, 1)),
        (True, (4, 1, 5, 3)),
    ],
)
@pytest.mark.parametrize("seed", range(2))
def test_every_gradient_is_the_derivative_in_any_order_of_layers(
    seed: int, training: bool, shape: tuple[int, ...]
) -> None:
    rng, loss, do = np.random.default_rng(seed), loss_for(CLASSES), Eager(training=training)
    network = network_of(rng, shape)
    # No two numbers are close: between them lies the kink of a largest one.
    X = rng.permuted(np.linspace(-2, 2, prod(shape))).reshape(shape)
    Y = loss.targets(rng.integers(0, CLASSES, len(X)), CLASSES, X)

    def cost() -> float:
        return float(loss.cost(network.forward(X, do)[0], Y, 1)[0])

    logits, tape = network.forward(X, do)
    dZ = loss.cost(logits, Y, 1)[1]
    # All together: of a bias that a batch normalization takes away again, there is only rounding.
    derived = np.concatenate([g.ravel() for g in (*tape.backward(dZ), tape.to_input(dZ))])
    found = [numeric_gradient(cost, array).ravel() for array in (*network.params, X)]
    assert relative_error(derived, np.concatenate(found)) < 1e-7


@pytest.mark.parametrize("seed", range(4))
def test_a_pictures_answer_does_not_depend_on_the_others(seed: int) -> None:
    rng = np.random.default_rng(seed)
    network, X = network_of(rng, (5, 6, 5, 3)), rng.normal(size=(5, 6, 5, 3))
    assert_allclose(network.logits(X)[1:2], network.logits(X[1:2]), rtol=1e-12)


def test_training_leaves_what_answers_alone_until_it_moves_it() -> None:
    rng = np.random.default_rng(0)
    network, X = network_of(rng, (5, 4, 3, 2)), rng.normal(size=(5, 4, 3, 2))
    before: list[Array] = [kept.copy() for kept in network.running]
    network.logits(X)
    assert all((kept == own).all() for kept, own in zip(network.running, before, strict=True))
    network.forward(X, Eager(training=True))
    assert all((kept != own).all() for kept, own in zip(network.running, before, strict=True))
