"""A job that is told to stop ends early, and keeps what it has learned."""

from typing import Any

import numpy as np
import pytest

from tests.worker.training.test_fit import ID, pictures
from tests.worker.training.watching import RecordingWatcher
from tests.worker.working import (
    ENDLESS,
    gets_on,
    meanwhile,
    outcome,
    publish_dataset,
    queued_again,
    submitted,
)
from worker.data.dataset import Dataset, Split
from worker.errors import Stopped
from worker.jobs.attempt import Attempt
from worker.jobs.record import Record, State
from worker.spec import JobSpec
from worker.store.store import Store
from worker.tasks.context import WorkerContext
from worker.tasks.job import run_job
from worker.training.fit import Trained, train
from worker.training.loop import Epoch

# Of a run


def stopped(dataset: Dataset, steps: int, **fields: Any) -> tuple[Trained, list[Epoch]]:
    """A run that is told to stop once it has taken so many steps, one by one."""
    taken = 0

    def count() -> None:
        nonlocal taken
        if taken == steps:
            raise Stopped("enough")
        taken += 1

    watcher = RecordingWatcher(stop=count)
    spec = JobSpec.model_validate({"dataset": ID, "epochs": 50, "batch_size": 16, **fields})
    return train(spec, dataset, watcher), watcher.epochs


def noise() -> Dataset:
    """Of which nothing can be learned but by heart."""
    rng, dataset = np.random.default_rng(4), pictures()
    x = rng.integers(0, 256, (60, 4, 4, 3), dtype=np.uint8)
    dataset.splits["train"] = Split.whole(x, np.arange(60) % 2)
    return dataset


@pytest.mark.usefixtures("one_by_one")
@pytest.mark.parametrize("epochs", [1, 3])
def test_a_run_that_is_stopped_after_an_epoch_is_the_shorter_run(epochs: int) -> None:
    early, seen = stopped(pictures(), 4 * epochs)  # of four steps each
    whole, _ = stopped(pictures(), 1000, epochs=epochs)
    assert all((early.tensors[n] == whole.tensors[n]).all() for n in whole.tensors)
    assert early.result == whole.result
    assert len(seen) == epochs


@pytest.mark.usefixtures("one_by_one")
def test_a_run_that_is_stopped_within_an_epoch_keeps_its_last_step() -> None:
    tensors = [stopped(pictures(), steps)[0].tensors["W1"].tobytes() for steps in (5, 6, 7)]
    assert len(set(tensors)) == 3


@pytest.mark.usefixtures("one_by_one")
def test_with_early_stopping_a_run_that_is_stopped_gives_its_best_weights() -> None:
    watched = {
        "validation_fraction": 0.3,
        "early_stopping": {"patience": 1000},
        "optimizer": {"kind": "adam", "learning_rate": 0.01},
    }
    trained, epochs = stopped(noise(), 90, **watched)
    losses = [epoch.validation_loss or 0.0 for epoch in epochs]
    assert losses.index(min(losses)) < len(losses) - 5  # it has been getting worse for a while
    assert trained.result["validation"]["loss"] == pytest.approx(min(losses), rel=1e-4)


@pytest.mark.usefixtures("one_by_one")
def test_before_any_epoch_could_be_the_best_the_last_step_is_kept() -> None:
    watched = {"validation_fraction": 0.2, "early_stopping": {"patience": 3}}
    trained, epochs = stopped(pictures(), 2, **watched)
    plain, _ = stopped(pictures(), 2, validation_fraction=0.2)
    assert epochs == []
    assert all((trained.tensors[n] == plain.tensors[n]).all() for n in plain.tensors)


@pytest.mark.usefixtures("one_by_one")
def test_nobody_hears_of_a_stop_as_of_a_failure() -> None:
    trained, _ = stopped(pictures(), 6)
    assert set(trained.result) >= {"train", "test"}


# Of a job


@pytest.fixture
def store(context: WorkerContext) -> Store:
    publish_dataset(context.store)
    return context.store


def expect_a_model(store: Store, record: Record) -> None:
    """Assert that a job ended early with all that a job ends with."""
    assert (record.state, record.version, record.problem) == (State.SUCCEEDED, 1, None)
    assert record.progress is not None
    assert 0 < record.progress["epoch"] < ENDLESS["epochs"]
    assert record.result is not None
    assert record.result == store.models.manifest("cats", 1)["result"]
    rows = store.jobs.metrics(record.id, record.attempt).rows()
    assert [row["epoch"] for row in rows] == list(range(1, record.progress["epoch"] + 1))
    assert store.jobs.newest_checkpoint(record.id) is None


def test_a_running_job_that_is_stopped_succeeds(context: WorkerContext, store: Store) -> None:
    records, job = context.records["job"], submitted(context, **ENDLESS)
    other = meanwhile(gets_on(records, job), lambda: records.stop(job))
    record = outcome(context, job)
    other.join()
    expect_a_model(store, record)
    assert (record.requested, record.attempt) == ("stop", 1)
    assert records.stop(job) == record


def test_a_paused_job_that_is_stopped_is_taken_up_once_more(
    context: WorkerContext, store: Store
) -> None:
    records, job = context.records["job"], submitted(context, **ENDLESS)
    other = meanwhile(gets_on(records, job), lambda: records.pause(job))
    paused = outcome(context, job)
    other.join()
    assert records.stop(job).state is State.QUEUED
    record = outcome(context, job)
    expect_a_model(store, record)
    assert record.attempt == 2
    assert paused.progress is not None
    assert record.progress is not None
    # But a few steps, and these from where it was.
    assert 0 <= record.progress["epoch"] - paused.progress["epoch"] < 50


def test_a_job_that_waits_again_can_be_stopped(context: WorkerContext, store: Store) -> None:
    records, job = context.records["job"], submitted(context, **{**ENDLESS, "batch_size": "all"})
    queued_again(records, job)
    assert records.stop(job).state is State.QUEUED
    record = outcome(context, job)
    expect_a_model(store, record)
    assert record.attempt == 2


def test_a_stop_that_comes_before_the_first_step_lets_it_be_taken(
    context: WorkerContext, store: Store
) -> None:
    records = context.records["job"]
    mine = records.claim(submitted(context, **ENDLESS), "w", 10)
    attempt = Attempt(records, records.stop(mine.id), 10)
    assert run_job(context, attempt)["train"]["rows"] == 48
    assert store.models.versions("cats") == [1]


def test_a_job_that_fails_although_it_is_to_stop_has_failed(context: WorkerContext) -> None:
    records, job = context.records["job"], submitted(context, dataset="ds_" + "0" * 32)
    queued_again(records, job)
    records.stop(job)
    assert outcome(context, job).state is State.FAILED


# By the clock


def test_a_job_ends_when_its_seconds_are_over(context: WorkerContext, store: Store) -> None:
    record = outcome(context, submitted(context, **ENDLESS, max_seconds=1))
    expect_a_model(store, record)
    assert record.requested == ""
    assert 0.5 < store.jobs.metrics(record.id, 1).rows()[-1]["seconds"] < 5


def test_the_seconds_are_those_of_all_attempts(context: WorkerContext, store: Store) -> None:
    records, job = context.records["job"], submitted(context, **ENDLESS, max_seconds=2)
    for attempt in (1, 2):
        other = meanwhile(gets_on(records, job), lambda: records.pause(job))
        assert outcome(context, job).attempt == attempt
        other.join()
        records.resume(job)
    record = outcome(context, job)
    expect_a_model(store, record)
    assert record.attempt == 3
    seconds = [row["seconds"] for row in store.jobs.metrics(job, 3).rows()]
    assert seconds == sorted(seconds)
    assert 1.5 < seconds[-1] < 6


def test_a_job_that_is_done_sooner_does_not_wait_for_the_clock(
    context: WorkerContext, store: Store
) -> None:
    record = outcome(context, submitted(context, max_seconds=31_536_000))
    assert record.progress is not None
    assert (record.state, record.progress["epoch"]) == (State.SUCCEEDED, 2)


@pytest.mark.parametrize("seconds", [0, -1, 0.5, 31_536_001, "1"])
def test_seconds_that_cannot_be_meant_are_refused(seconds: object) -> None:
    with pytest.raises(ValueError, match="max_seconds"):
        JobSpec.model_validate({"dataset": ID, "max_seconds": seconds})
