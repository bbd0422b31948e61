"""What a watcher takes up from a checkpoint of an earlier attempt."""

import re
import tracemalloc
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest

from tests.long_job import EPOCHS, metrics_file, write_long
from tests.worker.training.test_fit import pictures
from tests.worker.watching import spec_of, watcher_of
from worker import watch
from worker.doctor.chart import LONGEST
from worker.errors import Preempted, Stopped
from worker.jobs.attempt import Attempt
from worker.settings import Settings
from worker.spec import JobSpec
from worker.store import thinning
from worker.store.metrics_log import MetricsLog
from worker.store.store import Store
from worker.store.stored_spec import SPEC_VERSION
from worker.training.fit import train
from worker.training.loop import Run
from worker.watch import FIRST_EPOCHS, JobWatcher

WIDTH = {"hidden_units": [4]}


@pytest.fixture
def soon_thin(monkeypatch: pytest.MonkeyPatch) -> JobSpec:
    """A spec whose job is long as soon as it has begun: for the metrics, and for the doctor."""
    monkeypatch.setattr(thinning, "WHOLE", 8)  # with two layers, the first four epochs
    monkeypatch.setattr(watch, "FIRST_EPOCHS", 3)
    monkeypatch.setattr(watch, "LONGEST", 12)
    return spec_of(epochs=40, network={"hidden_units": [4], "dropout": 0.2})


class Cut(JobWatcher):
    """Keeps a checkpoint at one epoch and leaves at another, as `leave` says."""

    kept, last = 0, 0
    shown: list[dict[str, Any]]
    leave: type[Exception] = Preempted

    def after_step(self, run: Run) -> None:
        super().after_step(run)
        if run.at.epoch == self.kept:
            self.keep(run)
            self.shown = list(self.history)
        if run.at.epoch == self.last:
            raise self.leave("It was cut.")


def timeless(path: Path) -> bytes:
    """The file, without what a clock says."""
    return re.sub(rb'"seconds":[^}]*', b"", path.read_bytes())


def without_seconds(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [{**row, "seconds": None} for row in rows]


def left(store: Store, log: MetricsLog, attempt: Attempt, spec: JobSpec, **cut: Any) -> Cut:
    """Train until the attempt is cut."""
    watcher = Cut(attempt, spec, store, log, Settings())
    vars(watcher).update(cut)
    with suppress(watcher.leave):
        train(spec, pictures(), watcher)
    return watcher


@pytest.mark.usefixtures("one_by_one")
@pytest.mark.parametrize(
    ("kept", "last"),
    [(2, 2), (4, 4), (5, 5), (9, 9), (22, 22), (31, 31), (1, 6), (9, 14), (20, 39)],
)
def test_metrics_that_were_taken_over_are_those_of_a_job_undisturbed(
    attempt: Attempt, store: Store, tmp_path: Path, soon_thin: JobSpec, kept: int, last: int
) -> None:
    with store.jobs.metrics_log("whole", 1) as log:
        whole = watcher_of(attempt, soon_thin, store, log)
        train(soon_thin, pictures(), whole)
    job = attempt.record.id
    with store.jobs.metrics_log(job, 1) as log:
        cut = left(store, log, attempt, soon_thin, kept=kept, last=last)
    with store.jobs.metrics_log(job, 2) as log:
        again = watcher_of(attempt, soon_thin, store, log)
        checkpoint = again.resume()
        assert again.history == cut.shown
        train(soon_thin, pictures(), again, checkpoint=checkpoint)
    assert timeless(metrics_file(tmp_path, job, 2)) == timeless(metrics_file(tmp_path, "whole", 1))
    assert without_seconds(again.history) == without_seconds(whole.history)


def test_the_doctor_is_shown_the_newest_epochs_whole(
    attempt: Attempt, store: Store, soon_thin: JobSpec
) -> None:
    with store.jobs.metrics_log(attempt.record.id, 1) as log:
        watcher = watcher_of(attempt, soon_thin, store, log)
        train(soon_thin, pictures(), watcher)
    shown = [row["epoch"] for row in watcher.history]
    assert shown == [1, 2, 3, *range(29, 41)]
    assert [row["epoch"] for row in watcher.history if row["layers"]] == [1, 2, 3, 32, *shown[-5:]]


@pytest.mark.usefixtures("one_by_one")
def test_the_last_epoch_of_a_job_that_is_stopped_keeps_its_layers(
    attempt: Attempt, store: Store, soon_thin: JobSpec
) -> None:
    with store.jobs.metrics_log(attempt.record.id, 1) as log:
        left(store, log, attempt, soon_thin, kept=7, last=9, leave=Stopped)
        shown = {event["event"]: event["data"] for event in attempt.untold()}
    rows = store.jobs.metrics(attempt.record.id, 1).rows()
    assert [row["epoch"] for row in rows if row["layers"]] == [1, 2, 3, 4, 6, 8, 9]
    assert shown["metrics"] == {"rows": [{**rows[-1], "gradient_norms": None, "layers": None}]}


@pytest.mark.usefixtures("one_by_one")
def test_a_checkpoint_that_has_no_rows_is_taken_up_too(
    attempt: Attempt, store: Store, soon_thin: JobSpec
) -> None:
    job = attempt.record.id
    with store.jobs.metrics_log(job, 1) as log:
        left(store, log, attempt, soon_thin, kept=9, last=12)
    found = store.jobs.newest_checkpoint(job)
    assert found is not None
    tensors, about = found
    del about["rows"]
    store.jobs.keep_checkpoint(job, "99999999", tensors, about)
    with store.jobs.metrics_log(job, 2) as log:
        watcher = watcher_of(attempt, soon_thin, store, log)
        train(soon_thin, pictures(), watcher, checkpoint=watcher.resume())
    epochs = [row["epoch"] for row in store.jobs.metrics(job, 2).rows()]
    assert epochs == list(range(1, 41))


@pytest.mark.usefixtures("one_by_one")
def test_a_job_that_began_when_gelu_was_its_tanh_form_ends_with_that_form(
    attempt: Attempt, store: Store
) -> None:
    before = spec_of(epochs=9, network={**WIDTH, "activation": "gelu_tanh"})
    with store.jobs.metrics_log("whole", 1) as log:
        trained = train(before, pictures(), watcher_of(attempt, before, store, log))
    job, spec = attempt.record.id, spec_of(epochs=9, network={**WIDTH, "activation": "gelu"})
    with store.jobs.metrics_log(job, 1) as log:
        left(store, log, attempt, before, kept=4, last=4)
    tensors, about = store.jobs.newest_checkpoint(job) or ({}, {})
    assert about.pop("spec_version") == SPEC_VERSION
    store.jobs.keep_checkpoint(job, "5", tensors, about)  # as an earlier version kept it
    with store.jobs.metrics_log(job, 2) as log:
        cut = Cut(attempt, spec, store, log, Settings())
        cut.kept = cut.last = 6
        checkpoint = cut.resume()
        with pytest.raises(Preempted):
            train(cut.spec, pictures(), cut, checkpoint=checkpoint)
    with store.jobs.metrics_log(job, 3) as log:  # the checkpoint of this version knows it still
        watcher = watcher_of(attempt, spec, store, log)
        checkpoint = watcher.resume()
        again = train(watcher.spec, pictures(), watcher, checkpoint=checkpoint)
    assert all((again.tensors[n] == trained.tensors[n]).all() for n in again.tensors)


def test_a_long_job_is_taken_up_without_being_read_into_memory(
    attempt: Attempt, store: Store, tmp_path: Path
) -> None:
    job, done = attempt.record.id, EPOCHS - 1
    long = write_long(metrics_file(tmp_path, job, 1))
    store.jobs.keep_checkpoint(job, "1", {}, {"epoch": done, "attempt": 1, "rows": []})
    with store.jobs.metrics_log(job, 2) as log:
        watcher = watcher_of(attempt, spec_of(), store, log)
        tracemalloc.start()
        watcher.resume()
        _, most = tracemalloc.get_traced_memory()
        tracemalloc.stop()
    assert most < 4 * 2**20
    copied = metrics_file(tmp_path, job, 2).read_bytes()
    assert long.read_bytes().startswith(copied)
    assert copied.count(b"\n") == done
    shown = [row["epoch"] for row in watcher.history]
    assert shown == [*range(1, FIRST_EPOCHS + 1), *range(EPOCHS - LONGEST, EPOCHS)]
