"""A Redis that was wiped is filled again from the store; what was over stays over."""

from collections.abc import Iterator
from typing import Any

import pytest
import redis

from tests.worker.working import at_once, ended, queued_again, submitted, wiped
from worker.errors import LeaseLost
from worker.jobs.archiver import Archiver
from worker.jobs.fill_mark import FILLED, filled
from worker.jobs.record import FINAL, State, new_id
from worker.jobs.recovery import Recovery
from worker.jobs.transitions import Transitions
from worker.jsontypes import Json
from worker.tasks.context import WorkerContext


@pytest.mark.parametrize("state", sorted(FINAL))
def test_an_end_comes_back_as_it_was(
    context: WorkerContext,
    records: Transitions,
    archiver: Archiver,
    recovery: Recovery,
    client: redis.Redis,
    state: str,
) -> None:
    before = ended(records, submitted(context), State(state))
    archiver.file_all()
    wiped(client, recovery)
    assert records.get(before.id) == before
    assert records.ids(State(state)) == [before.id]
    assert [*records.page(None, 9, None)] == [before]
    assert records.waiting(9) == records.running() == records.lapsed(10**15) == []


def test_a_paused_job_comes_back_paused_and_can_go_on(
    context: WorkerContext,
    records: Transitions,
    archiver: Archiver,
    recovery: Recovery,
    client: redis.Redis,
) -> None:
    job = submitted(context)
    queued_again(records, job)
    before = records.pause(job)
    archiver.file_all()
    wiped(client, recovery)
    assert records.get(job) == before
    records.resume(job)
    assert records.claim(job, "w", 10).attempt == 2


def test_what_waited_waits_again_with_nothing_forgotten_that_was_asked_for(
    context: WorkerContext, records: Transitions, recovery: Recovery, client: redis.Redis
) -> None:
    before = records.get(submitted(context, epochs=7))
    wiped(client, recovery)
    after = records.get(before.id)
    assert (after.state, after.body, after.attempt) == (State.QUEUED, before.body, 0)
    assert before.created_at is not None
    assert after.created_at is not None
    assert abs((after.created_at - before.created_at).total_seconds()) < 1


def test_those_who_wait_keep_their_order(
    context: WorkerContext, records: Transitions, recovery: Recovery, client: redis.Redis
) -> None:
    for priority in ("low", "normal", "high", "normal", "high"):
        submitted(context, priority=priority)
    before = [record.id for record in records.waiting(9)]
    wiped(client, recovery)
    assert [record.id for record in records.waiting(9)] == before
    assert [records.position(job) for job in before] == [1, 2, 3, 4, 5]


def test_attempts_go_on_counting(
    context: WorkerContext, records: Transitions, recovery: Recovery, client: redis.Redis
) -> None:
    job = submitted(context)
    for attempt in (1, 2):
        with context.store.jobs.metrics_log(job, attempt):
            queued_again(records, job)
    running = records.claim(job, "w", 10)
    with context.store.jobs.metrics_log(job, 3):
        wiped(client, recovery)
    assert (records.get(job).state, records.get(job).attempt) == (State.QUEUED, 3)
    assert records.claim(job, "w", 10).attempt == 4
    with pytest.raises(LeaseLost):
        records.finish(running, State.SUCCEEDED)


def test_a_job_that_was_resumed_before_the_wipe_does_not_come_back_paused(
    context: WorkerContext,
    records: Transitions,
    archiver: Archiver,
    recovery: Recovery,
    client: redis.Redis,
) -> None:
    job = submitted(context)
    records.pause(job)
    archiver.file_all()
    records.resume(job)
    archiver.file_all()
    wiped(client, recovery)
    assert records.get(job).state is State.QUEUED


def test_datasets_come_back_too(
    context: WorkerContext, archiver: Archiver, recovery: Recovery, client: redis.Redis
) -> None:
    datasets, made = context.records["ds"], {}
    for name in ("ready", "rejected", "importing", "waiting"):
        dataset = new_id("ds")
        context.store.archive.keep_request(dataset, {"body": {"name": name}})
        made[name] = datasets.create(dataset, {"name": name}).id
    result = {"result": {"shape": [2], "classes": ["a", "b"]}}
    datasets.finish(datasets.claim(made["ready"], "w", 10), State.SUCCEEDED, result)
    datasets.finish(datasets.claim(made["rejected"], "w", 10), State.FAILED)
    datasets.claim(made["importing"], "w", 10)
    archiver.file_all()
    before = {name: datasets.get(dataset) for name, dataset in made.items()}
    wiped(client, recovery)
    for name in ("ready", "rejected"):
        assert datasets.get(made[name]) == before[name]
    for name in ("importing", "waiting"):
        after = datasets.get(made[name])
        assert (after.state, after.body) == (State.QUEUED, {"name": name})


def test_a_redis_that_knows_what_the_store_does_is_left_alone(
    context: WorkerContext, records: Transitions, recovery: Recovery, client: redis.Redis
) -> None:
    recovery.fill()
    assert filled(client)
    client.delete(f"purr:job:{submitted(context)}")
    recovery.fill()
    assert [*records.page(None, 9, None)] == []


def test_what_redis_knows_is_newer_than_what_the_store_does(
    context: WorkerContext,
    records: Transitions,
    archiver: Archiver,
    recovery: Recovery,
    client: redis.Redis,
) -> None:
    job = submitted(context)
    records.pause(job)
    archiver.file_all()
    mine = records.claim(records.resume(job).id, "w", 10)
    client.delete(FILLED)
    recovery.fill()
    assert records.get(job) == mine


def test_a_redis_that_was_started_from_an_old_snapshot_is_told_what_it_lacks(
    context: WorkerContext,
    records: Transitions,
    archiver: Archiver,
    recovery: Recovery,
    client: redis.Redis,
    raw: redis.Redis,
) -> None:
    lost, done = submitted(context), submitted(context)
    before: Any = raw.dump(f"purr:job:{done}")
    over = ended(records, done, State.SUCCEEDED)
    archiver.file_all()
    raw.delete(f"purr:job:{done}", f"purr:job:{lost}")
    raw.delete("purr:jobs", "purr:jobs:queued", "purr:jobs:waiting", "purr:jobs:succeeded")
    raw.restore(f"purr:job:{done}", 0, before)
    raw.set(FILLED, "the start before")
    recovery.fill()
    assert (records.get(done), records.get(lost).state) == (over, State.QUEUED)
    assert [record.id for record in records.waiting(9)] == [lost]
    assert filled(client)


def test_a_wipe_while_it_is_being_filled_is_noticed(
    context: WorkerContext,
    recovery: Recovery,
    client: redis.Redis,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    jobs, archive = [submitted(context) for _ in range(2)], context.store.archive
    every = archive.all

    def wiped_after_the_first(kind: str) -> Iterator[tuple[str, Json, Json]]:
        for number, found in enumerate(every(kind)):
            if number:
                client.flushall()
            yield found

    monkeypatch.setattr(archive, "all", wiped_after_the_first)
    client.flushall()
    recovery.fill()
    assert not filled(client)
    monkeypatch.undo()
    recovery.fill()
    assert filled(client)
    assert [record.id for record in context.records["job"].waiting(9)] == jobs


def test_an_attempt_of_which_an_old_snapshot_knows_nothing_keeps_its_number(
    context: WorkerContext, records: Transitions, recovery: Recovery, client: redis.Redis
) -> None:
    job = submitted(context)
    records.claim(job, "w", 10)
    (context.settings.data_dir / "jobs" / job / "metrics.3.jsonl").write_text("{}")
    client.set(FILLED, "the start before")
    recovery.fill()
    assert (records.get(job).state, records.get(job).attempt) == (State.QUEUED, 3)
    assert records.claim(job, "v", 10).attempt == 4


def test_who_follows_a_job_hears_that_it_was_brought_back(
    context: WorkerContext, recovery: Recovery, client: redis.Redis
) -> None:
    job = submitted(context)
    wiped(client, recovery)
    renewals: Any = client.xrange(f"purr:job:{job}:events")
    ((_, event),) = renewals
    assert (event["state"], event["why"]) == ("queued", "brought back")


def test_any_number_may_fill_at_once(
    context: WorkerContext, records: Transitions, recovery: Recovery, client: redis.Redis
) -> None:
    jobs = [submitted(context) for _ in range(20)]
    client.flushall()
    assert at_once(*[recovery.fill] * 6) == [None] * 6
    assert [record.id for record in records.waiting(99)] == sorted(jobs)  # by ids, of one moment
    assert len([*records.page(None, 99, None)]) == 20


def test_one_damaged_request_does_not_keep_the_others_away(
    context: WorkerContext, records: Transitions, recovery: Recovery, client: redis.Redis
) -> None:
    damaged, whole = submitted(context), submitted(context)
    (context.settings.data_dir / "jobs" / damaged / "request.json").write_text("{")
    (context.settings.data_dir / "jobs" / "job_notes").mkdir()
    wiped(client, recovery)
    assert [record.id for record in records.waiting(9)] == [whole]
    assert filled(client)


def test_an_empty_store_fills_nothing(recovery: Recovery, client: redis.Redis) -> None:
    recovery.fill()
    assert {*client.scan_iter()} == {FILLED, "purr:keys:filled"}
