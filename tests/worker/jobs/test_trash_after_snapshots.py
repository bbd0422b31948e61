"""What is in the trash when Redis starts from a snapshot that is older than the store."""

from typing import Any

import pytest
import redis

from tests.worker.jobs.trashing import WEEK_S, in_the_trash, in_use, traces
from tests.worker.working import ready_dataset, wiped
from worker.errors import QueueUnavailable
from worker.jobs.fill_mark import FILLED
from worker.jobs.record import Record
from worker.jobs.recovery import Recovery
from worker.jobs.redis_connection import now_ms
from worker.jobs.trash import Trash
from worker.tasks.context import WorkerContext


def forgetful(client: redis.Redis, dataset: Record, until: str) -> None:
    """Have Redis start from a snapshot in which a dataset was in the trash until another time."""
    key, lists = f"purr:ds:{dataset.id}", ("purr:dss", "purr:dss:succeeded")
    client.hset(key, "trashed_until", until)
    for name in lists:
        client.zrem(name, dataset.id) if until else client.zadd(name, {dataset.id: 0})
    for name, score in (("purr:dss:trashed", "0"), ("purr:dss:until", until)):
        client.zadd(name, {dataset.id: score}) if until else client.zrem(name, dataset.id)
    client.set(FILLED, "the start before")


def test_an_old_snapshot_is_told_of_the_trash(
    context: WorkerContext, trash: Trash, recovery: Recovery, client: redis.Redis
) -> None:
    dataset = ready_dataset(context)
    trash.put(dataset, WEEK_S)
    before = context.records["ds"].get(dataset.id)
    forgetful(client, dataset, "")
    recovery.fill()
    assert (context.records["ds"].get(dataset.id), in_use(context)) == (before, [])
    trash.restore(before)
    forgetful(client, dataset, "1795364200765")
    recovery.fill()
    assert (context.records["ds"].get(dataset.id), in_the_trash(context)) == (dataset, [])


def test_an_old_snapshot_does_not_bring_back_what_was_deleted(
    context: WorkerContext,
    trash: Trash,
    recovery: Recovery,
    client: redis.Redis,
    raw: redis.Redis,
) -> None:
    dataset, kept = ready_dataset(context), ready_dataset(context)
    before: Any = raw.dump(f"purr:ds:{dataset.id}")
    trash.put(dataset, 0)
    raw.restore(f"purr:ds:{dataset.id}", 0, before)
    forgetful(client, dataset, "")
    recovery.fill()
    assert traces(context, client, dataset.id) == []
    assert in_use(context) == [kept.id]


def test_by_an_old_snapshot_nothing_is_deleted(
    context: WorkerContext, trash: Trash, recovery: Recovery, client: redis.Redis
) -> None:
    dataset = ready_dataset(context)
    forgetful(client, dataset, "1795364200765")
    for empty in (lambda: trash.sweep(now_ms(client)), trash.empty_oldest):
        with pytest.raises(QueueUnavailable):
            empty()
    recovery.fill()
    assert not trash.empty_oldest()
    assert context.records["ds"].get(dataset.id) == dataset


def test_what_redis_has_not_filed_yet_is_newer_than_the_store(
    context: WorkerContext,
    trash: Trash,
    recovery: Recovery,
    client: redis.Redis,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    dataset = ready_dataset(context)
    monkeypatch.setattr(context.archiver, "file", lambda dataset_id: None)
    trash.put(dataset, WEEK_S)
    monkeypatch.undo()
    client.set(FILLED, "the start before")
    recovery.fill()
    assert in_the_trash(context) == [dataset.id]
    context.archiver.file_all()
    wiped(client, recovery)
    assert in_the_trash(context) == [dataset.id]
