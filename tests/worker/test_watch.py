"""What a job's watcher tells, keeps and takes up again."""

import json
import time
from collections.abc import Callable
from contextlib import suppress
from itertools import pairwise
from typing import cast

import pytest

from tests.worker.training.test_fit import pictures
from tests.worker.watching import spec_of, watcher_of
from worker.doctor.chart import LONGEST
from worker.errors import Cancelled, Diverged, Paused, Preempted, Stopped, WorkerError
from worker.jobs.attempt import Attempt
from worker.jobs.record import new_id
from worker.jobs.transitions import Transitions
from worker.settings import Settings
from worker.store.store import Store
from worker.training.fit import train
from worker.training.loop import Epoch, Run
from worker.watch import FIRST_EPOCHS, JobWatcher


class StoppedAtFour(JobWatcher):
    """Its worker is told to stop when the fourth epoch is done."""

    def after_epoch(self, epoch: Epoch) -> None:
        super().after_epoch(epoch)
        if epoch.epoch == 4:
            self._attempt.preempt()


def test_checkpoints_are_kept_as_often_as_the_setting_says(attempt: Attempt, store: Store) -> None:
    spec = spec_of(epochs=2)
    with store.jobs.metrics_log(attempt.record.id, 1) as log:
        train(spec, pictures(), watcher_of(attempt, spec, store, log, checkpoint_s=0))
    found = store.jobs.newest_checkpoint(attempt.record.id)
    assert found is not None
    assert (found[1]["epoch"], found[1]["step"]) == (2, 0)


class Timed(JobWatcher):
    """Its checkpoints take so many seconds, of a clock that stands still otherwise."""

    clock, takes_s = 0.0, 0.0
    written: list[float]

    def _write(self, run: Run) -> None:
        self.written.append(self.clock)
        Timed.clock += self.takes_s


@pytest.fixture
def timed(
    attempt: Attempt, store: Store, monkeypatch: pytest.MonkeyPatch
) -> Callable[[float, float], list[float]]:
    """When checkpoints are begun in a minute of steps of a quarter of a second, by how long each
    takes and by the setting."""
    monkeypatch.setattr(time, "monotonic", lambda: Timed.clock)

    def begun(takes_s: float, checkpoint_s: float) -> list[float]:
        spec, run = spec_of(), cast("Run", None)
        monkeypatch.setattr(Timed, "clock", 0.0)
        with store.jobs.metrics_log(attempt.record.id, 1) as log:
            watcher = Timed(attempt, spec, store, log, Settings(checkpoint_s=checkpoint_s))
            watcher.takes_s, watcher.written = takes_s, []
            while Timed.clock < 60:
                Timed.clock += 0.25
                watcher.after_step(run)
        return watcher.written

    return begun


def test_checkpoints_cost_a_hundredth_of_the_time(
    timed: Callable[[float, float], list[float]],
) -> None:
    written = timed(0.125, 30)
    assert written[0] == 2.25
    assert {later - earlier for earlier, later in pairwise(written)} == {0.125 + 12.75}


def test_checkpoints_that_take_long_are_as_rare_as_the_setting_says_and_no_rarer(
    timed: Callable[[float, float], list[float]],
) -> None:
    assert timed(1.0, 30) == [2.25, 2.25 + 1 + 30.25]
    assert timed(1.0, 1.0)[:3] == [1.25, 1.25 + 2.25, 1.25 + 4.5]


def test_a_stop_keeps_a_checkpoint_from_which_the_next_attempt_goes_on(
    attempt: Attempt, jobs: Transitions, store: Store
) -> None:
    spec, whole = spec_of(epochs=9), []
    with store.jobs.metrics_log("whole", 1) as log:
        watcher = watcher_of(attempt, spec, store, log)
        trained = train(spec, pictures(), watcher)
        whole = watcher.history
    with store.jobs.metrics_log(attempt.record.id, 1) as log:
        stopped = StoppedAtFour(attempt, spec, store, log, Settings())
        with pytest.raises(Preempted):
            train(spec, pictures(), stopped)
    jobs.give_back(attempt.record, "preempted")
    second = Attempt(jobs, jobs.claim(attempt.record.id, "w", 60), 60)
    with store.jobs.metrics_log(attempt.record.id, 2) as log:
        watcher = watcher_of(second, spec, store, log)
        again = train(spec, pictures(), watcher, checkpoint=watcher.resume())
    rows = store.jobs.metrics(attempt.record.id, 2).rows()
    assert [row["epoch"] for row in rows] == list(range(1, 10))
    assert [row["loss"] for row in rows] == [row["loss"] for row in whole]
    assert all((again.tensors[n] == trained.tensors[n]).all() for n in again.tensors)


@pytest.mark.parametrize(
    ("asking", "kind", "keeps"),
    [("pause", Paused, True), ("cancel", Cancelled, False)],
)
def test_who_is_to_leave_between_two_steps_keeps_what_another_attempt_wants(
    jobs: Transitions,
    attempt: Attempt,
    store: Store,
    asking: str,
    kind: type[WorkerError],
    keeps: bool,
) -> None:
    class AskedAtFour(JobWatcher):
        def after_epoch(self, epoch: Epoch) -> None:
            super().after_epoch(epoch)
            if epoch.epoch == 4:
                getattr(jobs, asking)(attempt.record.id)
                with suppress(kind):
                    while True:  # until it is heard
                        attempt.check()
                        time.sleep(0.001)

    spec = spec_of(epochs=1_000_000)
    with attempt, store.jobs.metrics_log(attempt.record.id, 1) as log, pytest.raises(kind):
        train(spec, pictures(), AskedAtFour(attempt, spec, store, log, Settings()))
    found = store.jobs.newest_checkpoint(attempt.record.id)
    assert (found is not None) == keeps
    if found:
        assert (found[1]["epoch"], found[1]["attempt"]) == (4, 1)
        assert attempt.notes["kept"].startswith("00000004-")


def test_a_stop_waits_for_the_first_step(jobs: Transitions, store: Store) -> None:
    mine = jobs.claim(jobs.create(new_id("job"), {}).id, "w", 60)
    attempt, spec = Attempt(jobs, jobs.stop(mine.id), 60), spec_of()
    with store.jobs.metrics_log(mine.id, 1) as log:
        watcher = watcher_of(attempt, spec, store, log)
        watcher.before_step()
        with pytest.raises(Stopped):
            attempt.check()
        train(spec, pictures(), watcher)
    assert attempt.notes["stop_acknowledged"]
    assert len(store.jobs.metrics(mine.id, 1).rows()) < spec.epochs


def test_what_an_epoch_has_brought_is_shown_in_its_newest_form(
    attempt: Attempt, store: Store
) -> None:
    spec = spec_of(epochs=5)
    with store.jobs.metrics_log(attempt.record.id, 1) as log:
        train(spec, pictures(), watcher_of(attempt, spec, store, log))
    shown = {event["event"]: event["data"] for event in attempt.untold()}
    assert shown["progress"] == attempt.notes["progress"]
    assert shown["metrics"] == {"rows": store.jobs.metrics(attempt.record.id, 1).rows()[-1:]}


def test_without_a_checkpoint_an_attempt_begins_at_the_start(
    attempt: Attempt, store: Store
) -> None:
    with store.jobs.metrics_log(attempt.record.id, 1) as log:
        assert watcher_of(attempt, spec_of(), store, log).resume() is None


def test_a_finding_is_an_event_once(attempt: Attempt, store: Store) -> None:
    spec = spec_of(epochs=3, network={"hidden_units": [4], "initializer": "zeros"})
    with store.jobs.metrics_log(attempt.record.id, 1) as log:
        watcher = watcher_of(attempt, spec, store, log)
        train(spec, pictures(), watcher)
        watcher.consult()
        watcher.consult()
    told = [event["data"] for event in attempt.untold() if event["event"] == "finding"]
    codes = [finding["code"] for finding in told]
    assert codes.count("symmetric_start") == 1
    assert attempt.notes["findings"][0]["code"] == "symmetric_start"
    json.dumps(attempt.notes, allow_nan=False)


def test_metrics_of_a_run_that_explodes_are_still_json(attempt: Attempt, store: Store) -> None:
    spec = spec_of(
        epochs=50,
        network={"hidden_units": [8] * 12, "activation": "identity"},
        normalization="none",
        optimizer={"kind": "sgd", "learning_rate": 1.0},
    )
    with (
        store.jobs.metrics_log(attempt.record.id, 1) as log,
        pytest.raises(Diverged),
    ):
        train(spec, pictures(), watcher_of(attempt, spec, store, log))
    assert store.jobs.metrics(attempt.record.id, 1).rows() is not None


def test_of_a_long_history_the_first_and_the_last_epochs_are_kept(
    attempt: Attempt, store: Store
) -> None:
    epochs = FIRST_EPOCHS + LONGEST + 50
    spec = spec_of(epochs=epochs, network={"hidden_units": []}, batch_size="all")
    with store.jobs.metrics_log(attempt.record.id, 1) as log:
        watcher = watcher_of(attempt, spec, store, log)
        train(spec, pictures(), watcher)
    kept = [row["epoch"] for row in watcher.history]
    assert kept == [*range(1, FIRST_EPOCHS + 1), *range(FIRST_EPOCHS + 51, epochs + 1)]
