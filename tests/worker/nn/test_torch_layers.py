"""The layers of pictures, and a network of them in training, against PyTorch's."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import pytest
from numpy.testing import assert_allclose

from tests.worker.nn.fixtures.recording import recorded
from worker.nn.activations import ACTIVATIONS
from worker.nn.arrays import Array
from worker.nn.batch_normalization import BatchNormalization
from worker.nn.convolution import Convolution
from worker.nn.engine import EAGER, Eager
from worker.nn.layers import Activate, Dense, Layer
from worker.nn.losses import SOFTMAX
from worker.nn.network import Network
from worker.nn.pooling import GlobalAverage, Pooling
from worker.nn.pools import POOLS
from worker.nn.residual import Residual
from worker.nn.windows import Window

TORCH = recorded("torch_layers")


def arrays(lists: Sequence[Any]) -> list[Array]:
    return [np.array(numbers, "float64") for numbers in lists]


def assert_same(found: Sequence[Array], lists: Sequence[Any]) -> None:
    for array, numbers in zip(found, arrays(lists), strict=True):
        assert_allclose(array, numbers, rtol=1e-10, atol=1e-10)


def assert_same_both_ways(layer: Layer, case: dict[str, Any], do: Eager = EAGER) -> None:
    X, dZ = arrays([case["X"], case["dZ"]])
    Z, backward = layer.forward(X, do)
    assert_same([Z, backward.to_input(dZ)], [case["Z"], case["dX"]])
    assert_same(backward.gradients(dZ), case["gradients"])


@pytest.mark.parametrize("case", TORCH["convolutions"])
def test_convolution(case: dict[str, Any]) -> None:
    assert_same_both_ways(Convolution(*arrays(case["params"]), **case["arguments"]), case)


@pytest.mark.parametrize("case", TORCH["poolings"])
def test_pooling(case: dict[str, Any]) -> None:
    assert_same_both_ways(Pooling(POOLS[case["pool"]], Window(*case["window"])), case)


@pytest.mark.parametrize("case", TORCH["normalizations"])
def test_batch_normalization(case: dict[str, Any]) -> None:
    layer = BatchNormalization(*arrays(case["params"]), **case["arguments"])
    for step in case["steps"]:
        assert_same_both_ways(layer, step, Eager(training=step["training"]))
        assert_same(layer.running, step["running"])


def network_of(start: list[Array]) -> Network:
    """PyTorch's `Small`, with these parameters."""
    first, gamma, beta, each, each_b, inner, inner_b, *norm, projection, W, b = start
    shortcut = Convolution(projection, stride=2)
    return Network([
        Convolution(first),
        BatchNormalization(gamma, beta),
        Activate(ACTIVATIONS["tanh"]),
        Convolution(each, each_b),
        Activate(ACTIVATIONS["relu"]),
        Residual([Convolution(inner, inner_b, stride=2), BatchNormalization(*norm)], shortcut),
        Pooling(POOLS["max"], Window(2, 2, 2, "valid")),
        GlobalAverage(),
        Dense(W, b),
    ])  # fmt: skip


def test_a_network_is_trained_step_by_step() -> None:
    network, do = network_of(arrays(TORCH["training"]["start"])), Eager(training=True)
    for step in TORCH["training"]["steps"]:
        (X,) = arrays([step["X"]])
        logits, tape = network.forward(X, do)
        Y = SOFTMAX.targets(np.array(step["labels"]), 3, X)
        for p, g in zip(network.params, tape.backward(SOFTMAX.cost(logits, Y, 1)[1]), strict=True):
            p -= 0.1 * g
        assert_same([logits, *network.params], [step["logits"], *step["params"]])
        assert_same(network.running, step["running"])
    answer = TORCH["training"]["answer"]
    assert_same([network.logits(*arrays([answer["X"]]))], [answer["logits"]])
