"""A job that is paused keeps what it has learned, and ends as if nobody had paused it."""

from collections.abc import Callable
from typing import Any

import pytest
import redis

from tests.worker.training.test_fit import pictures
from tests.worker.training.watching import RecordingWatcher
from tests.worker.working import (
    ENDLESS,
    LONG,
    gets_on,
    meanwhile,
    outcome,
    publish_dataset,
    submitted,
)
from worker.jobs.queue import JobQueue
from worker.jobs.record import Record, State
from worker.nn.arrays import Array
from worker.spec import JobSpec
from worker.store.store import Store
from worker.tasks.context import WorkerContext
from worker.training.fit import train


@pytest.fixture
def store(context: WorkerContext) -> Store:
    publish_dataset(context.store)
    return context.store


def left(context: WorkerContext, job: str, *asks: Callable[[str], Any]) -> Record:
    """The record after an attempt of which this was asked once it had got on."""
    records = context.records["job"]
    others = meanwhile(gets_on(records, job), *(lambda ask=ask: ask(job) or True for ask in asks))
    record = outcome(context, job)
    others.join()
    return record


class Undisturbed:
    """What comes of a spec when nobody asks anything."""

    def __init__(self, spec: dict[str, Any]) -> None:
        watcher = RecordingWatcher()
        trained = train(JobSpec.model_validate(spec), pictures(), watcher)
        self.tensors, self.result = bytes_of(trained.tensors), trained.result
        self.rows = timeless([vars(epoch) for epoch in watcher.epochs])

    def expect(self, store: Store, record: Record) -> None:
        """Assert that it came to this job too, to the last bit."""
        assert record.state is State.SUCCEEDED
        assert record.version is not None
        assert bytes_of(store.models.tensors("cats", record.version)) == self.tensors
        assert timeless(store.jobs.metrics(record.id, record.attempt).rows()) == self.rows
        assert record.result == self.result


def bytes_of(tensors: dict[str, Array]) -> dict[str, bytes]:
    return {name: array.tobytes() for name, array in tensors.items()}


def timeless(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The rows, without what a clock says."""
    return [{name: row[name] for name in row if name != "seconds"} for row in rows]


@pytest.fixture(scope="module")
def undisturbed() -> Undisturbed:
    return Undisturbed(LONG)


def test_a_job_that_was_paused_ends_in_the_same_bytes(
    context: WorkerContext, store: Store, undisturbed: Undisturbed
) -> None:
    records, job = context.records["job"], submitted(context, **LONG)
    for attempt in (1, 2, 3):
        paused = left(context, job, records.pause)
        assert (paused.state, paused.attempt, paused.requested) == (State.PAUSED, attempt, "")
        assert store.jobs.newest_checkpoint(job) is not None
        assert store.models.versions("cats") == []
        assert records.resume(job).state is State.QUEUED
    again = outcome(context, job)
    assert (again.attempt, again.losses) == (4, 0)
    undisturbed.expect(store, again)
    assert store.jobs.newest_checkpoint(job) is None


def test_early_stopping_is_paused_like_everything_else(
    context: WorkerContext, store: Store
) -> None:
    spec = {**LONG, "epochs": 4000, "early_stopping": {"patience": 4000}}
    records, job = context.records["job"], submitted(context, **spec)
    left(context, job, records.pause)
    records.resume(job)
    Undisturbed(spec).expect(store, outcome(context, job))


def test_a_paused_job_has_its_metrics_and_is_in_the_store(
    context: WorkerContext, store: Store, client: redis.Redis
) -> None:
    records, job = context.records["job"], submitted(context, **ENDLESS)
    paused = left(context, job, records.pause)
    rows = store.jobs.metrics(job, paused.attempt).rows()
    assert paused.progress is not None
    assert rows[-1]["epoch"] == paused.progress["epoch"]
    ((_, _, fields),) = store.archive.all("job")
    assert fields["state"] == State.PAUSED
    assert client.zcard("purr:jobs:unfiled") == 0
    assert paused.finished_at is None


def test_a_paused_job_has_no_message_and_no_place_in_the_queue(
    context: WorkerContext, store: Store, raw: redis.Redis
) -> None:
    records, job = context.records["job"], submitted(context, **ENDLESS)
    left(context, job, records.pause)
    assert (JobQueue(raw).waiting("job"), records.position(job)) == (set(), None)
    assert outcome(context, job).attempt == 1  # a message that comes nevertheless


def test_a_pause_before_the_first_step_keeps_nothing_and_loses_nothing(
    context: WorkerContext, store: Store, undisturbed: Undisturbed
) -> None:
    records, job = context.records["job"], submitted(context, **LONG)
    records.pause(job)
    assert outcome(context, job).state is State.PAUSED
    records.resume(job)
    undisturbed.expect(store, outcome(context, job))


def test_a_pause_that_is_taken_back_before_it_was_reached_changes_nothing(
    context: WorkerContext, store: Store, undisturbed: Undisturbed
) -> None:
    records, job = context.records["job"], submitted(context, **LONG)
    record = left(context, job, records.pause, records.resume)
    # Whether the attempt has heard of it or not; who has leaves, and the job waits again.
    assert (record.state, record.requested) in [(State.SUCCEEDED, ""), (State.QUEUED, "")]
    if record.state is State.QUEUED:
        record = outcome(context, job)
    undisturbed.expect(store, record)


def test_a_paused_job_that_is_cancelled_leaves_nothing_but_its_story(
    context: WorkerContext, store: Store
) -> None:
    records, job = context.records["job"], submitted(context, **ENDLESS)
    left(context, job, records.pause)
    assert records.cancel(job).state is State.CANCELLED
    context.archiver.file_all()
    assert store.jobs.newest_checkpoint(job) is None
    assert store.models.names() == []
    assert outcome(context, job).attempt == 1


def test_a_cancel_that_comes_after_the_pause_wins(context: WorkerContext, store: Store) -> None:
    records, job = context.records["job"], submitted(context, **ENDLESS)
    record = left(context, job, records.pause, records.cancel)
    assert record.state is State.CANCELLED
    assert store.jobs.newest_checkpoint(job) is None


def test_what_is_paused_while_its_training_ends_succeeds(
    context: WorkerContext, store: Store
) -> None:
    # The second attempt finds a version reserved, and must not find a wish to pause.
    records, job = context.records["job"], submitted(context)
    mine = records.claim(job, "w", 10)
    records.pause(job)
    records.record_loss(records.begin_publishing(mine, "cats", 0), 3, "signal 9")
    assert outcome(context, job).state is State.SUCCEEDED
    assert store.models.versions("cats") == [1]
