"""What a watcher tells of a job with folds, and keeps of it."""

from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest

from tests.long_job import metrics_file
from tests.worker.test_watch_resumed import timeless
from tests.worker.training.test_fit import pictures
from tests.worker.watching import spec_of, watcher_of
from worker import watch
from worker.errors import Paused, Stopped
from worker.jobs.attempt import Attempt
from worker.settings import Settings
from worker.spec import JobSpec
from worker.store import thinning
from worker.store.store import Store
from worker.training.fit import train
from worker.training.loop import Epoch, Run
from worker.training.plan import Folds
from worker.training.turn import Turn
from worker.watch import JobWatcher

EPOCHS = 6
SPEC = spec_of(folds=3, epochs=EPOCHS, network={"hidden_units": [4]})  # three steps an epoch


class Left(JobWatcher):
    """Keeps a checkpoint behind every step, and leaves once so many are taken."""

    steps = -1

    def after_step(self, run: Run) -> None:
        super().after_step(run)
        self.keep(run)
        self.steps -= 1
        if not self.steps:
            raise Paused("enough")


def left(attempt: Attempt, store: Store, steps: int, spec: JobSpec = SPEC) -> None:
    with store.jobs.metrics_log(attempt.record.id, 1) as log:
        watcher = Left(attempt, spec, store, log, Settings())
        watcher.steps = steps
        with suppress(Paused):
            train(spec, pictures(), watcher)


def rows_of(store: Store, job: str, attempt: int) -> list[dict[str, Any]]:
    return store.jobs.metrics(job, attempt).rows()


# Steps of the first fold, of the second, and of the last training.
@pytest.mark.usefixtures("one_by_one")
@pytest.mark.parametrize("steps", [12, 29, 41])
def test_metrics_that_were_taken_over_are_those_of_a_job_undisturbed(
    attempt: Attempt, store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, steps: int
) -> None:
    monkeypatch.setattr(thinning, "WHOLE", 8)  # with two layers, the first four rows
    monkeypatch.setattr(watch, "FIRST_EPOCHS", 2)
    job = attempt.record.id
    with store.jobs.metrics_log("whole", 1) as log:
        whole = watcher_of(attempt, SPEC, store, log)
        undisturbed = train(SPEC, pictures(), whole)
    left(attempt, store, steps)
    with store.jobs.metrics_log(job, 2) as log:
        again = watcher_of(attempt, SPEC, store, log)
        trained = train(SPEC, pictures(), again, checkpoint=again.resume())
    assert timeless(metrics_file(tmp_path, job, 2)) == timeless(metrics_file(tmp_path, "whole", 1))
    assert [{**row, "seconds": 0} for row in again.history] == [
        {**row, "seconds": 0} for row in whole.history
    ]
    assert trained.result == undisturbed.result


def test_each_row_and_all_progress_name_the_fold(attempt: Attempt, store: Store) -> None:
    told = []

    class Watcher(JobWatcher):
        def after_epoch(self, epoch: Any) -> None:
            super().after_epoch(epoch)
            told.append(attempt.notes["progress"])

    job = attempt.record.id
    with store.jobs.metrics_log(job, 1) as log:
        train(SPEC, pictures(), Watcher(attempt, SPEC, store, log, Settings()))
    rows = rows_of(store, job, 1)
    assert [row["row"] for row in rows] == [*range(1, 4 * EPOCHS + 1)]
    folds = [each for fold in (1, 2, 3, None) for each in [fold] * EPOCHS]
    assert [row["fold"] for row in rows] == [each["fold"] for each in told] == folds
    assert [row["repeat"] for row in rows] == [fold and 1 for fold in folds]
    assert [row["epoch"] for row in rows] == [*range(1, EPOCHS + 1)] * 4
    assert [each["epoch"] for each in told] == [row["row"] for row in rows]
    assert {each["epochs"] for each in told} == {4 * EPOCHS}
    assert told[-1]["percent"] == 100
    page = store.jobs.metrics(job, 1, after=EPOCHS, limit=2)
    assert [(row["fold"], row["epoch"]) for row in page.rows()] == [(2, 1), (2, 2)]
    assert page.next == EPOCHS + 2
    # Comparisons look at the training whose network is published.
    sampled = store.jobs.sampled_metrics(job, 1, 3)
    assert [(row["fold"], row["epoch"]) for row in sampled] == [(None, 1), (None, 3), (None, 6)]


def test_folds_that_stop_early_leave_fewer_epochs_to_be_taken() -> None:
    outcomes = [{"epochs": 4, "seconds": 2.0}, {"epochs": 2, "seconds": 1.0}]
    turn = Turn.after(outcomes, Folds(3, 1))
    assert turn == Turn(2, 2, 1, 3, rows=6, seconds=3.0)
    assert turn.share_of(11.0) == 4.0  # of eight seconds that are left, for two trainings
    last = Turn.after([*outcomes, {"epochs": 6, "seconds": 4.0}], Folds(3, 1))
    assert (last.left, last.repeat, last.fold, last.share_of(11.0)) == (1, None, None, 4.0)
    assert Turn.after([{"epochs": 1, "seconds": 0}] * 3, Folds(2, 2)).repeat == 2


@pytest.mark.usefixtures("one_by_one")
def test_the_seconds_of_a_job_are_shared_out_among_its_trainings(
    attempt: Attempt, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    spec = SPEC.model_copy(update={"max_seconds": 8, "epochs": 100})
    monkeypatch.setattr(Run, "seconds", property(lambda run: 0.5 * run.at.epoch))
    with store.jobs.metrics_log(attempt.record.id, 1) as log:
        trained = train(spec, pictures(), watcher_of(attempt, spec, store, log))
    each = trained.result["cross_validation"]["each"]
    assert [(fold["epochs"], fold["ended_by"]) for fold in each] == [(4, "max_seconds")] * 3
    assert trained.ended_by == "max_seconds"
    assert rows_of(store, attempt.record.id, 1)[-1]["epoch"] == 4


@pytest.mark.usefixtures("one_by_one")
def test_a_stop_that_comes_in_a_fold_waits_for_the_training_on_all_rows(
    attempt: Attempt, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    def check() -> None:
        raise Stopped("enough")

    monkeypatch.setattr(attempt, "check", check)
    with store.jobs.metrics_log(attempt.record.id, 1) as log:
        watcher = watcher_of(attempt, SPEC, store, log)
        heard, after_epoch = list[bool](), watcher.after_epoch

        def noting(epoch: Epoch) -> None:
            after_epoch(epoch)
            heard.append(bool(attempt.notes.get("stop_acknowledged")))

        monkeypatch.setattr(watcher, "after_epoch", noting)
        trained = train(SPEC, pictures(), watcher)
    each = trained.result["cross_validation"]["each"]
    assert [fold["ended_by"] for fold in each] == ["epochs"] * 3
    assert trained.ended_by == "stop"
    assert heard and all(heard)  # or it would be taken for hanging
