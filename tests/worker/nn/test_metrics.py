from typing import Any

import numpy as np
import pytest
from numpy.testing import assert_allclose

from tests.worker.nn.fixtures.recording import recorded
from worker.nn.losses import LOGISTIC
from worker.nn.metrics import (
    auc,
    calibration_error,
    confidence,
    confusion,
    precision_and_recall,
    temperature,
)

SKLEARN = recorded("sklearn_metrics")


@pytest.mark.parametrize("case", SKLEARN["answers"], ids=lambda case: f"{case['classes']}-classes")
def test_what_is_said_of_answers_is_what_scikit_learn_says(case: dict[str, Any]) -> None:
    labels, predicted = np.array(case["labels"]), np.array(case["predicted"])
    counts = confusion(labels, predicted, case["classes"])
    found = precision_and_recall(counts)
    assert counts == case["confusion"]
    assert np.trace(counts) / len(labels) == case["accuracy"]
    for word in ("precision", "recall"):
        assert_allclose([one[word] for one in found], case[word], rtol=1e-15)


@pytest.mark.parametrize("case", SKLEARN["rankings"], ids=["no-ties", "ties", "many-ties"])
def test_auc_is_what_scikit_learn_says(case: dict[str, Any]) -> None:
    found = auc(np.array(case["labels"]), np.array(case["scores"]))
    assert found == pytest.approx(case["auc"], rel=1e-14)


def test_rows_of_the_confusion_are_what_was_and_columns_what_was_said() -> None:
    labels, said = np.array([0, 0, 1, 2, 2]), np.array([0, 1, 1, 2, 0])
    assert confusion(labels, said, 3) == [[1, 1, 0], [0, 1, 0], [1, 0, 1]]


def test_auc_counts_the_pairs_in_the_right_order() -> None:
    rng = np.random.default_rng(0)
    labels, scores = rng.integers(0, 2, 60), rng.integers(0, 9, 60)
    pairs = [(p > n) + (p == n) / 2 for p in scores[labels == 1] for n in scores[labels == 0]]
    assert auc(labels, scores) == pytest.approx(np.mean(pairs))


def test_auc_needs_both_classes() -> None:
    assert auc(np.ones(3, int), np.arange(3)) is None


def test_precision_is_of_what_was_said_and_recall_of_what_is() -> None:
    first, second = precision_and_recall([[3, 1], [2, 4]])
    assert first == {"precision": 3 / 5, "recall": 3 / 4}
    assert second == {"precision": 4 / 5, "recall": 4 / 6}


def test_a_class_that_was_never_said_or_never_is_has_0() -> None:
    assert precision_and_recall([[2, 0], [0, 0]])[1] == {"precision": 0, "recall": 0}


def test_certain_and_right_is_calibrated_and_certain_and_wrong_is_not() -> None:
    certain = np.eye(2)[[0, 1, 1]]
    assert calibration_error(*confidence(certain, np.array([0, 1, 1]))) == 0
    assert calibration_error(*confidence(certain, np.array([1, 0, 0]))) == 1


def test_the_calibration_error_is_that_of_a_count_by_hand() -> None:
    rng = np.random.default_rng(0)
    p = rng.dirichlet(np.ones(3), 200)
    labels = rng.integers(0, 3, 200)
    sure, right = p.max(axis=1), p.argmax(axis=1) == labels
    gap = 0.0
    for k in range(15):
        inside = (sure > k / 15) & (sure <= (k + 1) / 15)
        if inside.any():
            gap += abs(right[inside].mean() - sure[inside].mean()) * inside.mean()
    assert calibration_error(*confidence(p, labels)) == pytest.approx(gap)


def test_logits_that_are_too_sure_by_a_factor_have_that_temperature() -> None:
    rng = np.random.default_rng(0)
    Z = rng.normal(size=(20_000, 1)) * 2
    Y = (rng.random((20_000, 1)) < 1 / (1 + np.exp(-Z))).astype(float)
    found = temperature(lambda T: float(LOGISTIC.cost(3 * Z / T, Y, 1)[0]))
    assert found == pytest.approx(3, rel=0.05)


def test_the_temperature_is_where_the_cost_is_least() -> None:
    assert temperature(lambda T: (1 / T - 0.4) ** 2) == pytest.approx(2.5, rel=1e-4)
