"""How long the epochs of a training take, told by its first steps."""

from functools import partial
from typing import Any

import pytest

from tests.worker.training.test_fit import pictures, plan_of
from worker.data.dataset import Dataset
from worker.errors import Stopped
from worker.nn.engines.cpu.engine import CpuEngine
from worker.training import trial_steps
from worker.training.chain import ONCE
from worker.training.fit import Fit, How, normalization_of
from worker.training.fitted import End
from worker.training.sizes import Sizes
from worker.training.trial_steps import Mark, Stopwatch, fitting, taken
from worker.training.turn import Start


def fit_of(dataset: Dataset, **fields: Any) -> tuple[Sizes, Fit]:
    """A job that is about to begin."""
    plan = plan_of(dataset, **{"network": {"hidden_units": [6]}, "batch_size": 16, **fields})
    rows, kept_out = plan.divided(dataset.train)
    engines = partial(CpuEngine, threads=1)
    exact = normalization_of(plan, rows, 1)
    how = How(engines, 1, Stopwatch(1, 1), check_gradients=False, again=ONCE)
    return Sizes(plan, 1, True), Fit(how, plan, rows, kept_out, exact)


def marked(*marks: tuple[float, int, bool]) -> Stopwatch:
    watch = Stopwatch(4, 16)
    watch.marks = [Mark(*mark) for mark in marks]
    return watch


def test_steps_are_told_apart_from_the_ends_of_epochs() -> None:
    # Steps of 1 s, alone and in pairs, and a last one of each epoch that takes 5 s.
    watch = marked(
        (9, 1, False), (11, 3, False), (16, 4, True), (17, 5, False), (19, 7, False),
        (24, 8, True), (25, 9, False), (27, 11, False), (32, 12, True),
    )  # fmt: skip
    assert watch.step_s == 1
    assert watch.epoch_s == 8
    assert watch.others_s == 23


def test_an_epoch_that_was_not_seen_to_end_often_enough_is_not_told() -> None:
    watch = marked((9, 1, False), (10, 2, False), (11, 3, False), (18, 4, True), (19, 5, False))
    assert watch.epoch_s is None
    assert watch.step_s == 1


def test_where_every_step_is_an_epoch_its_end_belongs_to_it() -> None:
    assert marked((9, 1, True), (11, 2, True), (13, 3, True)).step_s == 2


def test_a_step_has_as_many_rows_as_there_is_time_for() -> None:
    assert fitting(64, 0.001, 0.25) == 64
    assert fitting(64, 0.01, 0.25) == 25
    assert fitting(64, 10.0, 0.25) == trial_steps.LEAST_ROWS
    assert fitting(5, 10.0, 0.25) == 5


def test_a_job_that_is_short_is_seen_whole() -> None:
    job, fit = fit_of(pictures(), epochs=3)
    found = taken(job, fit)
    # A job of one epoch more differs by that epoch alone, not by an extrapolation.
    assert 0 < found.training_s < 1
    assert found.starting_s > 0
    assert found.first_cost == pytest.approx(0.7, abs=0.4)


def test_of_a_long_job_only_the_first_steps_are_taken(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(trial_steps, "LONG_S", 0.05)
    job, fit = fit_of(pictures(), epochs=1_000_000)
    found = taken(job, fit)
    assert found.training_s > 50


Marks = list[tuple[float, int, bool]]
# From steps of 1 s, of four in an epoch, whose last takes 5 s.
ENDED: Marks = [(9, 3, False), (14, 4, True), (17, 7, False), (22, 8, True), (25, 11, False),
                (30, 12, True)]  # fmt: skip
BEGUN: Marks = [(9, 1, False), (10, 2, False), (11, 3, False)]


@pytest.mark.parametrize(
    ("marks", "ended_by", "starting", "training"),
    [
        (ENDED, Stopped.code, 8, 100 * 8),
        # Nobody has seen an epoch end: the twelve rows to validate are counted, forwards alone.
        (BEGUN, Stopped.code, 8, 100 * (4 * 1 + 12 / 12 / 3)),
        (ENDED, "epochs", 9, 21),
    ],
)
def test_from_what_was_seen_all_of_it_is_told(
    marks: Marks, ended_by: str, starting: float, training: float, monkeypatch: pytest.MonkeyPatch
) -> None:
    job, fit = fit_of(pictures(), epochs=100, validation_fraction=0.2, batch_size=12)
    monkeypatch.setattr(trial_steps, "watching", lambda job: 0.0)

    def network(self: Fit, start: Start) -> tuple[str, End]:
        self.how.watcher.marks = [Mark(*mark) for mark in marks]  # type: ignore[attr-defined]
        self.how.watcher._began_s = 0.0  # type: ignore[attr-defined]
        return "network", End(ended_by, None, 3, 30.0)

    monkeypatch.setattr(Fit, "network", network)
    found = taken(job, fit)
    assert found.starting_s == starting
    assert found.training_s == pytest.approx(training)


def test_rows_that_are_slow_come_in_smaller_steps(monkeypatch: pytest.MonkeyPatch) -> None:
    sizes: list[int] = []

    def seen(job: Sizes, batch: int, fit: Fit) -> trial_steps.Taken:
        sizes.append(batch)
        found = timed(job, batch, fit)
        return found._replace(row_s=trial_steps.TRIED_S / 14)

    timed = trial_steps.timed
    monkeypatch.setattr(trial_steps, "LONG_S", 0.01)
    monkeypatch.setattr(trial_steps, "SLOW", 1)
    monkeypatch.setattr(trial_steps, "LEAST_ROWS", 4)
    monkeypatch.setattr(trial_steps, "timed", seen)
    job, fit = fit_of(pictures(), epochs=1_000_000)
    found = taken(job, fit)
    assert sizes == [4, 14]
    # All steps of the job, though these were smaller.
    assert found.training_s > 50


def test_the_network_that_is_left_is_one_on_the_host() -> None:
    job, fit = fit_of(pictures(), epochs=2, validation_fraction=0.2)
    network = taken(job, fit).network
    assert [array.shape for array in network.params] == [(48, 6), (6,), (6, 1), (1,)]
