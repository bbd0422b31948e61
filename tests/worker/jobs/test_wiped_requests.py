"""What callers were answered before a wipe of Redis is true after it."""

import time
from collections.abc import Callable
from typing import Any

import pytest
import redis

from tests.worker.working import DATASET, listed
from worker.errors import IdempotencyConflict, QueueUnavailable
from worker.jobs.idempotency import KEPT_S, digest
from worker.jobs.record import State
from worker.operations.jobs import Jobs
from worker.spec import JobSpec
from worker.tasks.context import WorkerContext

SPEC = JobSpec(dataset=DATASET, model="cats", epochs=2)
OTHER = JobSpec(dataset=DATASET, model="cats", epochs=3)


def test_a_pause_that_was_asked_for_before_a_wipe_can_be_taken_back(
    operations: Jobs, context: WorkerContext, client: redis.Redis
) -> None:
    job = operations.submit(SPEC).id
    context.records["job"].claim(job, "w", 10)
    operations.pause(job)
    client.flushall()
    context.recovery.fill()
    assert operations.resume(job).requested == ""


@pytest.mark.parametrize("wish", ["cancel", "pause"])
def test_what_was_answered_is_not_undone_by_a_wipe(
    operations: Jobs, context: WorkerContext, client: redis.Redis, wish: str
) -> None:
    answered = getattr(operations, wish)(operations.submit(SPEC).id)
    client.flushall()
    context.recovery.fill()
    assert operations.get(answered.id).state is answered.state


def test_what_was_resumed_before_a_wipe_waits_after_it(
    operations: Jobs, context: WorkerContext, client: redis.Redis
) -> None:
    job = operations.submit(SPEC).id
    operations.pause(job)
    operations.resume(job)
    client.flushall()
    context.recovery.fill()
    assert operations.get(job).state is State.QUEUED


def test_what_a_running_job_was_asked_for_is_still_asked_after_a_wipe(
    operations: Jobs, context: WorkerContext, client: redis.Redis
) -> None:
    job = operations.submit(SPEC).id
    mine = context.records["job"].claim(job, "w", 10)
    context.records["job"].renew(mine, 10, {"device": {"kind": "gpu", "name": "H200"}})
    asked = operations.cancel(job)
    client.flushall()
    context.recovery.fill()
    found = operations.get(job)
    assert (found.state, found.requested) == (State.QUEUED, "cancel")
    assert (found.requested_at, found.device) == (asked.requested_at, asked.device)


def test_keys_come_back_with_their_jobs(
    operations: Jobs, context: WorkerContext, client: redis.Redis
) -> None:
    waiting, done = operations.submit(SPEC, "a"), operations.submit(OTHER, "b")
    context.records["job"].cancel(done.id)
    context.archiver.file_all()
    client.flushall()
    context.recovery.fill()
    assert operations.submit(SPEC, "a").id == waiting.id
    assert operations.submit(OTHER, "b").state is State.CANCELLED
    with pytest.raises(IdempotencyConflict):
        operations.submit(OTHER, "a")
    assert listed(operations) == [done.id, waiting.id]


def test_before_they_are_back_a_request_with_a_key_must_wait(
    operations: Jobs, context: WorkerContext, client: redis.Redis
) -> None:
    first = operations.submit(SPEC, "a")
    client.flushall()
    with pytest.raises(QueueUnavailable):
        operations.submit(SPEC, "a")
    context.recovery.fill()
    assert operations.submit(SPEC, "a").id == first.id


def test_a_key_of_before_yesterday_does_not_come_back(
    operations: Jobs, context: WorkerContext, client: redis.Redis
) -> None:
    age_ms = int((time.time() - KEPT_S - 60) * 1000)
    old, about = f"job_{age_ms << 80:032x}", {"key": digest("a"), "body": digest("{}")}
    body = SPEC.model_dump(mode="json")
    context.store.archive.keep_request(old, {"body": body, "idempotency": about})
    context.archiver.file_all()
    client.flushall()
    context.recovery.fill()
    assert operations.submit(SPEC, "a").id != old


def test_what_the_store_knows_is_not_404_until_redis_knows_it_again(
    operations: Jobs, context: WorkerContext, client: redis.Redis
) -> None:
    job = operations.submit(SPEC).id
    client.flushall()
    asks: list[Callable[[str], Any]] = [
        operations.get, operations.cancel, operations.pause, operations.stop, operations.resume
    ]  # fmt: skip
    for ask in asks:
        with pytest.raises(QueueUnavailable, match="ask shortly"):
            ask(job)
    with pytest.raises(QueueUnavailable):  # its dataset is not missing either
        operations.submit(SPEC)
    context.recovery.fill()
    assert operations.get(job).state is State.QUEUED
    assert operations.pause(job).state is State.PAUSED
