from typing import Any

import numpy as np
import pytest
from numpy.testing import assert_allclose

from tests.worker.nn.fixtures.recording import recorded
from tests.worker.nn.gradcheck import numeric_gradient, relative_error
from worker.nn.losses import LOGISTIC, SOFTMAX, Loss, loss_for, smoothed

rng = np.random.default_rng(0)
# Written by fixtures/make_torch_label_smoothing.py.
PYTORCH = recorded("torch_label_smoothing")["cases"]


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


# Smoothed targets.

every_smoothing = pytest.mark.parametrize("smoothing", [0.1, 0.3, 0.9])
every_loss = pytest.mark.parametrize(("loss", "classes"), [(LOGISTIC, 2), (SOFTMAX, 3)])


def test_smoothed_targets_give_every_class_its_share() -> None:
    Z = np.zeros((2, 4))
    Y = smoothed(SOFTMAX.targets(np.array([0, 3]), 4, Z), 0.2)
    assert_allclose(Y, [[0.85, 0.05, 0.05, 0.05], [0.05, 0.05, 0.05, 0.85]])
    assert_allclose(smoothed(np.array([[0.0], [1.0]]), 0.2), [[0.1], [0.9]])
    assert smoothed(Z.astype("float32"), 0.2).dtype == "float32"


@every_loss
def test_unsmoothed_targets_keep_every_bit(loss: Loss, classes: int) -> None:
    Y = loss.targets(rng.integers(0, classes, 9), classes, np.zeros(1))
    assert smoothed(Y, 0).tobytes() == Y.tobytes()


@every_smoothing
@every_loss
def test_the_gradient_of_a_smoothed_cost_is_its_derivative(
    loss: Loss, classes: int, smoothing: float
) -> None:
    Z = rng.normal(size=(5, loss.units(classes)))
    Y = smoothed(loss.targets(rng.integers(0, classes, 5), classes, Z), smoothing)
    weights = rng.uniform(0.5, 2, (5, 1))
    numeric = numeric_gradient(lambda: float(loss.cost(Z, Y, weights)[0]), Z)
    assert relative_error(loss.cost(Z, Y, weights)[1], numeric) < 1e-7


@every_smoothing
@every_loss
def test_the_cheapest_answer_is_the_smoothed_target(
    loss: Loss, classes: int, smoothing: float
) -> None:
    Y = smoothed(loss.targets(np.arange(classes), classes, np.zeros(1)), smoothing)
    Z = np.log(Y) if classes > 2 else np.log(Y / (1 - Y))
    share = smoothing / classes
    rest = 1 - (classes - 1) * share
    entropy = -(rest * np.log(rest) + (classes - 1) * share * np.log(share))
    cost, dZ = loss.cost(Z, Y, 1)
    assert cost == pytest.approx(entropy, rel=1e-12)
    assert_allclose(dZ, 0, atol=1e-16)


def test_two_classes_cost_the_same_by_either_loss() -> None:
    labels, z = np.array([0, 1, 1]), np.array([[0.3], [-2.0], [4.0]])
    pair = np.hstack([0 * z, z])
    one, two = (
        loss.cost(Z, smoothed(loss.targets(labels, 2, Z), 0.2), 1)[0]
        for loss, Z in ((LOGISTIC, z), (SOFTMAX, pair))
    )
    assert one == pytest.approx(two, rel=1e-14)


@pytest.mark.parametrize(
    "case", PYTORCH, ids=lambda case: f"{case['classes']}, {case['smoothing']}"
)
def test_smoothed_costs_are_those_of_pytorch(case: dict[str, Any]) -> None:
    Z, labels = np.array(case["Z"]), np.array(case["labels"])
    loss = loss_for(case["classes"])
    Y = smoothed(loss.targets(labels, case["classes"], Z), case["smoothing"])
    cost, dZ = loss.cost(Z, Y, 1)
    assert cost == pytest.approx(case["cost"], rel=1e-12)
    assert_allclose(dZ, case["dZ"], rtol=1e-10, atol=1e-14)
