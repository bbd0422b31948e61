import numpy as np
import pytest

from worker.nn.activations import ACTIVATIONS
from worker.nn.arrays import Array
from worker.nn.losses import LOGISTIC
from worker.nn.network import dense_network
from worker.training.central_differences import Compared, CostOf, compared
from worker.training.gradient_samples import Place

X, Y = np.array([[1.0, 2.0], [-1.0, 1.0]]), np.array([[1.0], [0.0]])


def everywhere(p: Array) -> list[Place]:
    return [Place(0, at) for at in np.ndindex(p.shape)]


def cost_of(W: Array, activation: str = "tanh") -> CostOf:  # noqa: N803
    pairs = [(W, np.zeros(2)), (np.array([[1.0], [-1.0]]), np.zeros(1))]
    return CostOf(dense_network(pairs, ACTIVATIONS[activation]), X, LOGISTIC, Y)


def gradients_of(cost: CostOf) -> list[Array]:
    logits, tape = cost.network.forward(X)
    return tape.backward(LOGISTIC.cost(logits, Y, 1)[1])


def test_right_gradients_are_near_them_and_a_wrong_one_is_found() -> None:
    cost = cost_of(np.array([[0.3, -0.2], [0.1, 0.4]]))
    gradients, before = gradients_of(cost), [p.copy() for p in cost.network.params]
    found = compared(cost, gradients, everywhere)
    assert found.derivatives == 4 + 2 + 2 + 1
    assert found.difference < 1e-9
    assert found.largest == pytest.approx(max(np.abs(g).max() for g in gradients))
    for p, kept in zip(cost.network.params, before, strict=True):
        np.testing.assert_array_equal(p, kept)
    gradients[2][1] += 0.01
    assert compared(cost, gradients, everywhere).difference == pytest.approx(0.01, abs=1e-9)


def test_where_a_unit_bends_nothing_is_compared() -> None:
    cost = cost_of(np.zeros((2, 2)), "relu")  # every unit is at its kink
    found = compared(cost, gradients_of(cost), lambda p: everywhere(p) if p.shape == (2, 2) else [])
    assert found == Compared(0, 0.0, 0.0)


def test_a_gradient_that_is_no_number_is_told_of_wherever_it_stands() -> None:
    cost = cost_of(np.array([[0.3, -0.2], [0.1, 0.4]]))
    gradients = gradients_of(cost)
    gradients[2][1] = np.nan
    found = compared(cost, gradients, everywhere)
    assert np.isnan(found.difference)
    assert np.isnan(found.largest)


def test_where_the_cost_is_infinite_nothing_is_compared() -> None:
    cost = cost_of(np.array([[np.inf, 0.0], [0.0, 0.0]]), "relu")
    with np.errstate(all="ignore"):
        found = compared(cost, gradients_of(cost), everywhere)
    assert found.derivatives == 0
