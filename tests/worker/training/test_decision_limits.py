from typing import Any

import numpy as np
import pytest

from worker.findings import binomial
from worker.findings.binomial import at_most
from worker.nn.arrays import Array
from worker.training import decision_limits
from worker.training.decision_limits import far_from_training, low_confidence, tried


def answers(rows: int, sharpness: float, seed: int) -> tuple[Array, Array]:
    """How sure answers are, and whether they are right, which they are as often as that says."""
    rng = np.random.default_rng(seed)
    sure = 1 / (1 + np.exp(-np.abs(rng.normal(size=rows)) * sharpness))
    return sure, rng.random(rows) < sure


def test_a_limit_that_is_chosen_holds_what_was_asked_for_on_most_rows_like_these() -> None:
    found, broken, others = 0, 0, answers(50_000, 6, seed=99)[0]
    for seed in range(100):
        if (low := low_confidence(*answers(300, 6, seed), error_rate=0.05)) is not None:
            found += 1
            broken += (1 - others[others >= low.limit]).mean() > 0.05
    assert found > 80
    assert broken <= 8  # 5 expected at most; chance alone exceeds 8 less than once in ten


def test_what_is_said_of_a_limit_is_so_on_the_rows_it_was_chosen_by() -> None:
    sure, right = answers(2_000, 4, seed=1)
    low = low_confidence(sure, right, 0.05)
    assert low is not None
    decided = sure >= low.limit
    assert (low.rows, low.wrong) == (decided.sum(), (decided & ~right).sum())
    assert low.wrong / low.rows < low.bound <= 0.05
    assert 0.4 < decided.mean() < 0.9


def test_the_bound_which_takes_long_is_looked_for_once(monkeypatch: pytest.MonkeyPatch) -> None:
    asked = []

    def upper_bound(*numbers: Any) -> float:
        asked.append(numbers)
        return binomial.upper_bound(*numbers)

    monkeypatch.setattr(decision_limits, "upper_bound", upper_bound)
    low = low_confidence(*answers(2_000, 4, seed=1), 0.05)
    assert low is not None
    ((wrong, rows, _),) = asked
    assert (low.wrong, low.rows) == (wrong, rows)


def test_a_model_that_is_always_right_leaves_no_row_undecided() -> None:
    sure = np.linspace(0.6, 1, 100)
    low = low_confidence(sure, np.full(100, True), 0.05)
    assert low is not None
    assert low.limit == 0.6
    assert low.rows == 100


def test_rows_that_are_as_sure_as_can_be_are_not_parted_by_rounding() -> None:
    low = low_confidence(np.ones(100), np.full(100, True), 0.05)
    assert low is not None
    assert low.limit < 1


def test_a_model_that_guesses_has_no_limit() -> None:
    rng = np.random.default_rng(1)
    assert low_confidence(rng.uniform(0.5, 1, 900), rng.random(900) < 0.5, 0.05) is None


@pytest.mark.parametrize("rows", [59, 60, 100, 300])
def test_each_limit_that_is_tried_could_hold(rows: int) -> None:
    counts = tried(rows, 0.05)
    assert counts[0] == rows
    assert all(at_most(0, count, 0.05) <= 0.05 / len(counts) for count in counts)


@pytest.mark.parametrize("rows", [0, 1, 58])
def test_with_too_few_rows_none_is_tried(rows: int) -> None:
    assert tried(rows, 0.05) == []
    assert low_confidence(np.ones(rows), np.full(rows, True), 0.05) is None


def test_a_distance_is_exceeded_as_seldom_as_is_said() -> None:
    rng = np.random.default_rng(1)
    tried = [far_from_training(rng.exponential(size=150), 16) for _ in range(200)]
    found = [far for far in tried if far is not None]
    assert [far.share for far in found] == pytest.approx([1 / 151] * 200)
    assert np.mean([np.exp(-far.limit) for far in found]) == pytest.approx(1 / 151, rel=0.2)


def test_with_few_rows_the_largest_distance_is_the_limit_and_with_fewer_there_is_none() -> None:
    far = far_from_training(np.arange(19.0), 3)
    assert far is not None
    assert (far.limit, far.components) == (18, 3)
    assert far.share == pytest.approx(0.05)
    assert far_from_training(np.arange(18.0), 3) is None


@pytest.mark.parametrize("number", [np.inf, np.nan, 1e307])
def test_of_a_distance_that_is_no_number_there_is_no_limit(number: float) -> None:
    assert far_from_training(np.r_[np.arange(18.0), number], 3) is None
    assert far_from_training(np.r_[np.arange(400.0), number], 3) is not None
