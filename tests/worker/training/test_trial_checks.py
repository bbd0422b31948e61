"""Three checks of what is about to be trained: each passes where it should, and can fail."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from tests.worker.training.test_fit import pictures, plan_of
from tests.worker.training.test_trial_steps import fit_of
from worker.data.dataset import Split
from worker.errors import Diverged
from worker.training import trial_checks
from worker.training.fit import Fit
from worker.training.trial_checks import Check, dealt, dealt_labels, eight_rows, first_cost

ADAM = {"kind": "adam", "learning_rate": 0.01}
Checked = Callable[..., Check]


@pytest.fixture(autouse=True)
def patient(monkeypatch: pytest.MonkeyPatch) -> None:
    """On a busy machine these take their time."""
    monkeypatch.setattr(trial_checks, "EIGHT_S", 20.0)
    monkeypatch.setattr(trial_checks, "DEALT_S", 20.0)


def noise(rows: int, seed: int) -> Split:
    """Rows of which the label says nothing."""
    rng = np.random.default_rng(seed)
    x = rng.integers(0, 256, (rows, 4, 4, 3), dtype="uint8")
    return Split.whole(x, rng.integers(0, 2, rows))


def fit(rows: Split | None = None, **fields: Any) -> Fit:
    made = fit_of(pictures(), **{"optimizer": ADAM, **fields})[1]
    return made if rows is None else replace(made, rows=rows)


@pytest.mark.parametrize(
    ("cost", "outcome"),
    [(0.69, "passed"), (1.4, "passed"), (2.2, "failed"), (0.1, "failed"), (np.nan, "failed")],
)
def test_a_network_that_knows_nothing_costs_about_a_guess(cost: float, outcome: str) -> None:
    found = first_cost(cost, plan_of(pictures()))
    assert found.outcome == outcome
    assert found.expected == pytest.approx(np.log(2))


def test_a_network_that_starts_from_a_model_may_know_much() -> None:
    plan = plan_of(pictures())
    known = replace(plan, network=replace(plan.network, taken=frozenset({1})))
    assert first_cost(0.01, known).outcome == "skipped"


def test_eight_rows_are_learned_by_heart() -> None:
    found = eight_rows(fit(), row_s=0.0)
    assert (found.outcome, found.value) == ("passed", 1.0)


def test_eight_rows_that_contradict_one_another_are_not() -> None:
    same = Split.whole(np.full((8, 4, 4, 3), 7, "uint8"), np.arange(8) % 2)
    found = eight_rows(fit(same), row_s=0.0)
    assert (found.outcome, found.expected) == ("failed", 1.0)
    assert "all should be" in found.said


def test_nor_by_steps_that_lead_nowhere() -> None:
    nowhere = {"kind": "sgd", "learning_rate": 1e-9}
    assert eight_rows(fit(noise(8, seed=3), optimizer=nowhere), row_s=0.0).outcome == "failed"


def test_what_diverges_learns_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    def diverge(*_: object) -> None:
        raise Diverged("The cost was no number any more.")

    monkeypatch.setattr(trial_checks, "learned_by_heart", diverge)
    assert eight_rows(fit(), row_s=0.0).outcome == "failed"
    assert dealt_labels(fit(), noise(9, seed=1), row_s=0.0).outcome == "skipped"


def test_without_time_nothing_is_claimed(monkeypatch: pytest.MonkeyPatch) -> None:
    assert eight_rows(fit(), row_s=1.0).outcome == "skipped"
    assert dealt_labels(fit(), noise(9, seed=1), row_s=1.0).outcome == "skipped"
    monkeypatch.setattr(trial_checks, "EIGHT_S", 0.0)
    nowhere = {"kind": "sgd", "learning_rate": 1e-9}
    found = eight_rows(fit(noise(8, seed=3), optimizer=nowhere), row_s=0.0)
    assert found.outcome == "skipped"
    assert "for which there was time" in found.said


def test_all_classes_are_among_the_eight() -> None:
    many = Split.whole(np.zeros((60, 2), "uint8"), np.array([0] * 50 + [1] * 8 + [2] * 2))
    assert np.bincount(trial_checks.of_all_classes(many, 8).y).tolist() == [3, 3, 2]


def test_labels_are_dealt_by_what_is_in_a_row() -> None:
    rows = noise(200, seed=1)
    twice = Split.whole(np.concatenate([rows.x, rows.x]), np.zeros(400, int))
    first, second = np.split(dealt(twice, 3).y, 2)
    assert (first == second).all()
    assert np.bincount(first, minlength=3).min() > 40


def test_rows_that_nobody_has_seen_are_right_by_chance() -> None:
    found = dealt_labels(fit(noise(64, seed=1)), noise(64, seed=2), row_s=0.0)
    assert found.outcome == "passed"
    assert found.value == pytest.approx(0.5, abs=0.25)


def test_rows_that_are_among_those_that_were_learned_are_not() -> None:
    rows = noise(64, seed=1)
    found = dealt_labels(fit(rows), rows, row_s=0.0)
    assert found.outcome == "failed"
    assert "among the others" in found.said


def test_who_learns_nothing_by_heart_shows_nothing() -> None:
    nowhere = {"kind": "sgd", "learning_rate": 1e-9}
    found = dealt_labels(fit(noise(64, seed=1), optimizer=nowhere), noise(9, seed=2), row_s=0.0)
    assert found.outcome == "skipped"
    assert "were learned" in found.said
