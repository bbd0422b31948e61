import numpy as np
import pytest

from worker.nn.activations import ACTIVATIONS
from worker.nn.attribution import (
    class_activation,
    input_gradient,
    smoothed_gradient,
    towards,
    with_places,
)
from worker.nn.convolution import Convolution
from worker.nn.layers import Activate, Dense, Layer
from worker.nn.losses import LOGISTIC, SOFTMAX
from worker.nn.network import Network, dense_network
from worker.nn.pooling import GlobalAverage, Pooling
from worker.nn.pools import POOLS
from worker.nn.windows import Window

RNG = np.random.default_rng(3)


def test_the_direction_of_a_class_is_its_logit() -> None:
    like = np.zeros(1)
    assert towards(1, 2, LOGISTIC, like).tolist() == [[1]]
    assert towards(0, 2, LOGISTIC, like).tolist() == [[-1]]
    assert towards(2, 3, SOFTMAX, like).tolist() == [[0, 0, 1]]


def convolutional(*after: Layer) -> Network:
    kernels = RNG.normal(size=(3, 3, 3, 4))
    return Network([Convolution(kernels), Activate(ACTIVATIONS["tanh"]), *after])


@pytest.mark.parametrize(
    "network",
    [
        dense_network(
            [
                (RNG.normal(size=(75, 6)), RNG.normal(size=6)),
                (RNG.normal(size=(6, 3)), np.zeros(3)),
            ],
            ACTIVATIONS["tanh"],
        ),
        convolutional(GlobalAverage(), Dense(RNG.normal(size=(4, 3)), np.zeros(3))),
    ],
    ids=["dense", "convolutional"],
)
def test_a_gradient_is_what_a_small_step_makes(network: Network) -> None:
    X = RNG.normal(size=(2, 5, 5, 3))
    dZ = towards(1, 3, SOFTMAX, X).repeat(2, axis=0)
    found, step = input_gradient(network, X, dZ), RNG.normal(size=X.shape)
    up, down = (network.logits(X + sign * 1e-5 * step)[:, 1] for sign in (1, -1))
    assert (found * step).sum(axis=(1, 2, 3)) == pytest.approx((up - down) / 2e-5, rel=1e-7)


def test_a_smoothed_gradient_is_the_slope_where_that_is_the_same_everywhere() -> None:
    network = dense_network([(RNG.normal(size=(12, 1)), np.zeros(1))], ACTIVATIONS["relu"])
    X, dZ = RNG.normal(size=(1, 2, 2, 3)), np.array([[1.0]])
    found = smoothed_gradient(network, X, dZ, deviation=5, copies=3)
    assert np.allclose(found, network.params[0].reshape(1, 2, 2, 3), rtol=1e-14)


def test_it_is_the_mean_of_the_slopes_around() -> None:
    """|x| has the slope −1 or 1; around a place that is one deviation above 0, 2 Φ(1) − 1."""
    W = np.array([[1.0, -1.0]])
    pairs = [(W, np.zeros(2)), (np.ones((2, 1)), np.zeros(1))]
    network = dense_network(pairs, ACTIVATIONS["relu"])
    X, dZ = np.full((4, 1), 0.5), np.ones((4, 1))
    found = smoothed_gradient(network, X, dZ, deviation=0.5, copies=500)
    assert found.mean() == pytest.approx(0.6827, abs=0.05)
    assert np.array_equal(found, smoothed_gradient(network, X, dZ, deviation=0.5, copies=500))


def test_an_activation_worked_by_hand() -> None:
    """One kernel that passes red on, and one that passes green on and speaks against the class."""
    kernels = np.zeros((1, 1, 3, 2))
    kernels[0, 0, 0, 0] = kernels[0, 0, 1, 1] = 1
    layers: list[Layer] = [
        Convolution(kernels),
        GlobalAverage(),
        Dense(np.array([[2.0], [-1.0]]), np.zeros(1)),
    ]
    X = np.zeros((1, 2, 2, 3))
    X[0, 0, 1] = 3, 0, 0
    X[0, 1, 0] = 0, 5, 0
    found = class_activation(Network(layers), X, np.array([[1.0]]))
    # The mean over four places has the slope 1/4: 3 · 2/4 where it is red; green speaks against it.
    assert found.tolist() == [[[0, 1.5], [0, 0]]]


def test_places_end_where_a_layer_has_only_one() -> None:
    pool = Pooling(POOLS["max"], Window(5, 5, padding="valid"))
    network = convolutional(pool, GlobalAverage(), Dense(np.ones((4, 1)), np.zeros(1)))
    assert with_places(network, np.zeros((1, 5, 5, 3))) == 2
