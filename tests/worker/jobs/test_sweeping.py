"""Who sweeps, and what a sweep looks after beside lost attempts."""

import time
from typing import Any

import pytest
import redis

from tests.conftest import Eventually
from tests.worker.working import at_once, lapsed, submitted
from worker.errors import QueueUnavailable
from worker.jobs.queue import JobQueue
from worker.jobs.reaper import Reaper
from worker.jobs.record import State, new_id
from worker.jobs.sweep_lock import sweep_lock
from worker.jobs.transitions import Transitions
from worker.tasks.context import WorkerContext

LOCK = "purr:reaper"


# One at a time


def test_while_somebody_sweeps_nobody_else_does(
    sweeper: Reaper, records: Transitions, client: redis.Redis, eventually: Eventually
) -> None:
    mine = lapsed(records, eventually)
    client.set(LOCK, "somebody else", px=60_000)
    sweeper.sweep()
    assert records.get(mine.id).state is State.RUNNING
    assert client.get(LOCK) == "somebody else"
    client.delete(LOCK)
    sweeper.sweep()
    assert records.get(mine.id).state is State.QUEUED


def test_a_sweep_leaves_no_lock(sweeper: Reaper, client: redis.Redis) -> None:
    sweeper.sweep()
    assert not client.exists(LOCK)


def test_a_sweep_that_fails_leaves_no_lock(
    sweeper: Reaper, client: redis.Redis, records: Transitions, eventually: Eventually
) -> None:
    client.hset(f"purr:job:{lapsed(records, eventually).id}", "attempt", "x")
    with pytest.raises(ValueError, match="invalid literal"):
        sweeper.sweep()
    assert not client.exists(LOCK)


def test_the_lock_of_a_process_that_died_lapses(
    context: WorkerContext,
    sweeper: Reaper,
    records: Transitions,
    client: redis.Redis,
    eventually: Eventually,
) -> None:
    mine = lapsed(records, eventually)
    assert sweep_lock(client).acquire()  # and never released
    assert 0 < client.pttl(LOCK) <= 30_000
    client.pexpire(LOCK, 50)  # for which nobody wants to wait here

    def swept() -> bool:
        sweeper.sweep()
        return records.get(mine.id).state is State.QUEUED

    eventually(swept)


def test_a_sweep_whose_lock_lapsed_meanwhile_ends_quietly_and_takes_nobody_elses(
    sweeper: Reaper, client: redis.Redis, monkeypatch: pytest.MonkeyPatch
) -> None:
    look = sweeper._look

    def slow() -> None:
        look()
        client.set(LOCK, "somebody else", px=60_000)

    monkeypatch.setattr(sweeper, "_look", slow)
    sweeper.sweep()
    assert client.get(LOCK) == "somebody else"


def test_of_many_who_sweep_at_once_one_counts_a_loss(
    context: WorkerContext, raw: redis.Redis, records: Transitions, eventually: Eventually
) -> None:
    mine = lapsed(records, eventually)
    sweepers = [
        Reaper(context.redis, context.records, JobQueue(raw), context.store, 3) for _ in range(6)
    ]
    assert at_once(*[one.sweep for one in sweepers]) == [None] * 6
    assert (records.get(mine.id).state, records.get(mine.id).losses) == (State.QUEUED, 1)


def test_a_redis_that_is_away_stops_a_sweep_by_its_name(
    sweeper: Reaper, client: redis.Redis
) -> None:
    client.config_set("maxmemory", "1")
    try:
        with pytest.raises(QueueUnavailable):
            sweeper.sweep()
    finally:
        client.config_set("maxmemory", "0")


# What it looks after


def test_a_sweep_fills_a_redis_that_was_wiped_and_enqueues(
    context: WorkerContext,
    sweeper: Reaper,
    records: Transitions,
    client: redis.Redis,
    raw: redis.Redis,
) -> None:
    job = submitted(context)
    client.flushall()
    sweeper.sweep()
    assert records.get(job).state is State.QUEUED
    sweeper.sweep()
    assert JobQueue(raw).waiting("job") == {job}


def test_a_sweep_files_what_ended_without_an_attempt(
    context: WorkerContext, sweeper: Reaper, records: Transitions, client: redis.Redis
) -> None:
    job = submitted(context)
    records.cancel(job)
    sweeper.sweep()
    assert context.store.archive.events(job) is not None
    assert client.zcard("purr:jobs:unfiled") == 0


@pytest.mark.parametrize(("asking", "state"), [("cancel", "cancelled"), ("pause", "paused")])
def test_what_was_asked_of_a_lost_attempt_is_done(
    sweeper: Reaper, records: Transitions, eventually: Eventually, asking: str, state: str
) -> None:
    mine = lapsed(records, eventually)
    getattr(records, asking)(mine.id)
    sweeper.sweep()
    assert records.get(mine.id).state == state


def test_a_worker_whose_child_died_loses_that_and_no_other(
    sweeper: Reaper, records: Transitions, raw: redis.Redis
) -> None:
    jobs = [records.create(new_id("job"), {"model": "cats"}).id for _ in range(3)]
    for job, name in zip(jobs, ("a", "b", "a"), strict=True):
        records.claim(job, name, 60)
    sweeper.died("a", "signal 9")
    assert [records.get(job).state for job in jobs] == ["queued", "running", "queued"]
    assert JobQueue(raw).waiting("job") == {jobs[0], jobs[2]}
    sweeper.died("c", "signal 9")
    assert records.get(jobs[1]).state is State.RUNNING


def test_an_import_whose_child_died_is_queued_again(
    context: WorkerContext, sweeper: Reaper, raw: redis.Redis
) -> None:
    datasets = context.records["ds"]
    mine = datasets.claim(datasets.create(new_id("ds"), {"name": "a"}).id, "w", 60)
    sweeper.died("w", "exit 256")
    assert datasets.get(mine.id).state is State.QUEUED
    assert JobQueue(raw).waiting("ds") == {mine.id}


def test_a_sweep_of_nothing_takes_no_time(sweeper: Reaper, client: redis.Redis) -> None:
    sweeper.sweep()
    before: Any = client.info("commandstats")
    started = time.monotonic()
    sweeper.sweep()
    assert time.monotonic() - started < 1
    after: Any = client.info("commandstats")
    calls = sum(after[name]["calls"] for name in after) - sum(before[n]["calls"] for n in before)
    assert calls < 40
