import numpy as np
import pytest
from numpy.testing import assert_allclose

from tests.worker.nn.gradcheck import numeric_gradient, relative_error
from worker.nn.losses import LOGISTIC, SOFTMAX, Loss, loss_for

rng = np.random.default_rng(0)


@pytest.mark.parametrize(("loss", "classes"), [(LOGISTIC, 2), (SOFTMAX, 3), (SOFTMAX, 2)])
def test_the_gradient_is_the_derivative_of_the_cost(loss: Loss, classes: int) -> None:
    Z = rng.normal(size=(5, loss.units(classes)))
    Y = loss.targets(rng.integers(0, classes, 5), classes, Z)
    numeric = numeric_gradient(lambda: float(loss.cost(Z, Y, 1)[0]), Z)
    assert relative_error(loss.cost(Z, Y, 1)[1], numeric) < 1e-7


def test_the_logistic_cost_is_its_textbook_form() -> None:
    Z, Y = rng.normal(size=(6, 1)), np.array([[0], [1], [1], [0], [1], [0]], float)
    A = 1 / (1 + np.exp(-Z))
    textbook = -(Y * np.log(A) + (1 - Y) * np.log(1 - A)).mean()
    assert LOGISTIC.cost(Z, Y, 1)[0] == pytest.approx(textbook, rel=1e-12)


def test_a_certain_wrong_answer_costs_its_logit_and_no_overflow() -> None:
    cost, dZ = LOGISTIC.cost(np.array([[1e4]], np.float32), np.array([[0]], np.float32), 1)
    assert float(cost) == 1e4
    assert float(dZ[0, 0]) == 1


def test_equal_logits_over_four_classes_cost_log_four() -> None:
    cost, _ = SOFTMAX.cost(np.zeros((2, 4)), np.eye(4)[[0, 3]], 1)
    assert cost == pytest.approx(np.log(4))


def test_large_logits_do_not_overflow_softmax() -> None:
    Z = np.array([[1e4, 0, -1e4]], np.float32)
    assert SOFTMAX.probabilities(Z).tolist() == [[1, 0, 0]]
    assert np.isfinite(SOFTMAX.cost(Z, np.array([[0, 0, 1]], np.float32), 1)[0])


@pytest.mark.parametrize(("loss", "classes"), [(LOGISTIC, 2), (SOFTMAX, 3)])
def test_probabilities_are_a_row_over_all_classes(loss: Loss, classes: int) -> None:
    Z = rng.normal(size=(4, loss.units(classes)))
    P = loss.probabilities(Z)
    assert P.shape == (4, classes)
    assert_allclose(P.sum(axis=1), 1)
    assert P.argmax(axis=1).tolist() == loss.answers(Z).tolist()


def test_a_small_probability_keeps_its_digits() -> None:
    (row,) = LOGISTIC.probabilities(np.array([[40.0]]))
    assert row[0] == pytest.approx(np.exp(-40), rel=1e-6)


def test_two_classes_take_one_unit_and_more_take_one_each() -> None:
    assert [loss_for(k).units(k) for k in (2, 3, 10)] == [1, 3, 10]
