from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.testing import assert_allclose

from tests.worker.nn.engines.computing import blank, exact, key, rows_of, run
from tests.worker.nn.gradcheck import numeric_gradient, relative_error
from worker.nn.activations import ACTIVATIONS
from worker.nn.arrays import Array
from worker.nn.engine import EAGER, Engine
from worker.nn.engines.base import COST_SUM
from worker.nn.layers import Activate, Backward, Dense, Dropout, none
from worker.nn.losses import loss_for
from worker.nn.network import Network, dense_network


def random_network(rng: np.random.Generator, widths: list[int], activation: str) -> Network:
    pairs = [
        (rng.normal(size=(n_in, n_out)) / n_in**0.5, rng.normal(size=n_out))
        for n_in, n_out in pairwise(widths)
    ]
    return dense_network(pairs, ACTIVATIONS[activation])


@pytest.mark.parametrize(
    "layer", [Dense(np.ones((4, 3)), np.ones(3)), *map(Activate, ACTIVATIONS.values())]
)
def test_the_way_back_through_a_layer_is_its_derivative(layer: Dense | Activate) -> None:
    rng = np.random.default_rng(3)
    for p in layer.params:
        p[...] = rng.normal(size=p.shape)
    X = rng.normal(size=(5, 4))
    out, backward = layer.forward(X)
    weight = rng.normal(size=out.shape)  # any direction of dJ/d(output)

    def cost() -> float:
        return float((layer.forward(X)[0] * weight).sum())

    assert relative_error(backward.to_input(weight), numeric_gradient(cost, X)) < 1e-7
    for p, gradient in zip(layer.params, backward.gradients(weight), strict=True):
        assert relative_error(gradient, numeric_gradient(cost, p)) < 1e-7


@pytest.mark.parametrize("activation", ACTIVATIONS)
@pytest.mark.parametrize("classes", [2, 4])
@pytest.mark.parametrize("hidden", [[], [5], [6, 4, 3]])
def test_every_gradient_is_the_derivative_of_the_cost(
    activation: str, classes: int, hidden: list[int]
) -> None:
    rng = np.random.default_rng(5)
    loss = loss_for(classes)
    network = random_network(rng, [7, *hidden, loss.units(classes)], activation)
    X = rng.normal(size=(6, 7))
    Y = loss.targets(rng.integers(0, classes, 6), classes, X)

    def cost() -> float:
        return float(loss.cost(network.logits(X), Y, 1)[0])

    logits, tape = network.forward(X)
    gradients = tape.backward(loss.cost(logits, Y, 1)[1])
    for p, gradient in zip(network.params, gradients, strict=True):
        assert relative_error(gradient, numeric_gradient(cost, p)) < 1e-7


def test_samples_may_have_any_shape() -> None:
    rng = np.random.default_rng(1)
    network = random_network(rng, [12, 5, 1], "relu")
    X = rng.normal(size=(3, 2, 2, 3))
    assert_allclose(network.logits(X), network.logits(X.reshape(3, 12)))


class PerChannel:
    """A layer on pictures, (m, h, w, c): times a number for each channel."""

    def __init__(self, scale: Array) -> None:
        self.params = [scale]
        self.running: list[Array] = []

    def forward(self, X: Array, do: Engine = EAGER) -> tuple[Array, Backward]:
        (scale,) = self.params
        return X * scale, Backward(lambda dZ: [(dZ * X).sum(axis=(0, 1, 2))], lambda dZ: dZ * scale)


class Untouched(Activate):
    """A layer without parameters, the way back through which nobody may ask for."""

    def forward(self, X: Array, do: Engine = EAGER) -> tuple[Array, Backward]:
        def refuse(dZ: Array) -> Array:
            raise RuntimeError("Expected no gradient before the first layer with parameters.")

        return X, Backward(none, refuse)


def test_layers_may_take_and_return_samples_of_any_shape() -> None:
    rng, loss = np.random.default_rng(1), loss_for(3)
    dense = random_network(rng, [12, 3], "tanh").layers
    tanh = ACTIVATIONS["tanh"]
    network = Network([Untouched(tanh), PerChannel(rng.normal(size=3)), Activate(tanh), *dense])
    X = rng.normal(size=(5, 2, 2, 3))
    Y = loss.targets(rng.integers(0, 3, 5), 3, X)
    logits, tape = network.forward(X)
    gradients = tape.backward(loss.cost(logits, Y, 1)[1])
    assert [error.shape for error in tape.errors] == [X.shape, (5, 3)]
    assert [slope.shape for slope in tape.slopes()] == [X.shape]

    def cost() -> float:
        return float(loss.cost(network.logits(X), Y, 1)[0])

    for p, gradient in zip(network.params, gradients, strict=True):
        assert relative_error(gradient, numeric_gradient(cost, p)) < 1e-7


def test_a_network_without_parameters_has_no_gradients() -> None:
    _, tape = Network([Untouched(ACTIVATIONS["tanh"])]).forward(np.ones((2, 3)))
    assert tape.backward(np.ones((2, 3))) == []


@settings(deadline=None, max_examples=40)
@given(
    rows=st.integers(1, 4),
    features=st.integers(1, 5),
    hidden=st.lists(st.integers(1, 4), max_size=64),
    classes=st.integers(2, 4),
)
def test_any_shape_of_network_and_batch_works(
    rows: int, features: int, hidden: list[int], classes: int
) -> None:
    rng = np.random.default_rng(0)
    loss = loss_for(classes)
    network = random_network(rng, [features, *hidden, loss.units(classes)], "tanh")
    X: Array = rng.normal(size=(rows, features))
    logits, tape = network.forward(X)
    Y = loss.targets(np.zeros(rows, int), classes, X)
    gradients = tape.backward(loss.cost(logits, Y, 1)[1])
    assert [g.shape for g in gradients] == [p.shape for p in network.params]
    assert logits.shape == (rows, loss.units(classes))


def test_the_errors_on_the_tape_are_the_derivatives_by_each_dense_layers_output() -> None:
    rng = np.random.default_rng(5)
    loss = loss_for(3)
    network = random_network(rng, [7, 6, 4, 3], "tanh")
    X = rng.normal(size=(6, 7))
    Y = loss.targets(rng.integers(0, 3, 6), 3, X)
    logits, tape = network.forward(X)
    tape.backward(loss.cost(logits, Y, 1)[1])
    for depth, error in zip((1, 3, 5), tape.errors, strict=True):
        Z = Network(network.layers[: depth + 1]).logits(X)
        rest = Network(network.layers[depth + 1 :])

        def cost(Z: Array = Z, rest: Network = rest) -> float:
            return float(loss.cost(rest.logits(Z), Y, 1)[0])

        assert relative_error(error, numeric_gradient(cost, Z)) < 1e-7


def test_the_slopes_on_the_tape_are_those_of_the_hidden_layers() -> None:
    network = random_network(np.random.default_rng(5), [7, 6, 4, 1], "tanh")
    _, tape = network.forward(np.ones((2, 7)))
    outputs = [Network(network.layers[:end]).logits(np.ones((2, 7))) for end in (3, 5)]
    for slope, A in zip(tape.slopes(), outputs, strict=True):
        assert_allclose(slope, 1 - A**2)


def test_a_network_without_hidden_layers_has_an_error_and_no_slopes() -> None:
    _, tape = random_network(np.random.default_rng(5), [7, 1], "tanh").forward(np.ones((2, 7)))
    dZ = np.ones((2, 1))
    tape.backward(dZ)
    assert tape.slopes() == []
    assert [error is dZ for error in tape.errors] == [True]


@pytest.mark.parametrize(("rate", "kinds"), [(0, 0), (0.5, 2)])
def test_dropout_follows_every_hidden_layer_and_only_where_asked_for(
    rate: float, kinds: int
) -> None:
    pairs = [(np.ones((3, 3)), np.ones(3)) for _ in range(3)]
    layers = dense_network(pairs, ACTIVATIONS["relu"], rate).layers
    assert sum(isinstance(layer, Dropout) for layer in layers) == kinds
    assert isinstance(layers[-1], Dense)


@pytest.mark.parametrize("classes", [2, 3])
def test_every_gradient_is_the_derivative_under_the_same_dropout(classes: int) -> None:
    rng, do, loss = np.random.default_rng(5), exact(), loss_for(classes)
    widths = pairwise([4, 6, 5, loss.units(classes)])
    pairs = [(rng.normal(size=(n_in, n_out)), rng.normal(size=n_out)) for n_in, n_out in widths]
    network = dense_network(pairs, ACTIVATIONS["tanh"], dropout=0.4)
    network.to(do.copy)
    X, labels = do.copy(rng.normal(size=(6, 4))), rng.integers(0, classes, 6)
    rows = rows_of(blank(6), labels, keys=[key(1), key(2)])
    left: list[Array] = []

    def step() -> None:
        logits, tape = network.forward(X, do)
        left.extend(tape.backward(do.cost(loss, logits)))

    def cost() -> float:
        do.cells[COST_SUM] = 0
        run(program, rows)
        return float(do.cells[COST_SUM]) / len(X)

    program = do.record(len(X), step)
    cost()
    for p, gradient in zip(network.params, [g.copy() for g in left], strict=True):
        assert relative_error(gradient, numeric_gradient(cost, p)) < 1e-7


def test_a_network_of_copies_is_the_same_and_apart_from_the_arrays_it_had() -> None:
    network, X = random_network(np.random.default_rng(5), [7, 6, 1], "tanh"), np.ones((2, 7))
    before, given = network.logits(X), network.params
    network.to(exact().copy)
    assert (network.logits(X) == before).all()
    for p in given:
        p[...] = 0
    assert (network.logits(X) == before).all()


def test_a_network_holds_other_arrays_for_a_while() -> None:
    network = dense_network([(np.ones((2, 1)), np.zeros(1))], ACTIVATIONS["relu"])
    own, X = network.arrays, np.ones((1, 2))
    with pytest.raises(KeyboardInterrupt), network.holding([np.full((2, 1), 3.0), np.ones(1)]):
        assert network.logits(X) == 7
        raise KeyboardInterrupt
    assert network.logits(X) == 2
    assert all(held is kept for held, kept in zip(network.arrays, own, strict=True))


def test_what_comes_to_the_last_layer_is_what_the_layers_before_it_make() -> None:
    pairs = [(np.array([[1.0, -1.0]]), np.zeros(2)), (np.array([[2.0], [3.0]]), np.ones(1))]
    network = dense_network(pairs, ACTIVATIONS["relu"])
    A, Z = network.hidden_and_logits(np.array([[2.0], [-1.0]]))
    assert A.tolist() == [[2, 0], [0, 1]]
    assert Z.tolist() == network.logits(np.array([[2.0], [-1.0]])).tolist() == [[5], [4]]
