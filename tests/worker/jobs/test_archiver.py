"""A Redis that was wiped is filled again from the store; what was over stays over."""

import json
import shutil
from collections.abc import Iterator
from typing import Any

import pytest
import redis

from tests.worker.working import at_once, queued_again, submitted
from worker import tasks
from worker.errors import LeaseLost
from worker.jobs.archiver import EVENTS_S, Archiver
from worker.jobs.record import Record, State, new_id
from worker.jobs.redis_records import FILLED, filled
from worker.jobs.transitions import Transitions
from worker.jsontypes import Json


@pytest.fixture
def records(context: tasks.WorkerContext) -> Transitions:
    return context.records["job"]


@pytest.fixture
def archiver(context: tasks.WorkerContext) -> Archiver:
    return context.archiver


NOTES: dict[State, Json] = {
    State.SUCCEEDED: {"result": {"loss": 0.5}, "version": 3, "progress": {"epoch": 2}},
    State.FAILED: {"problem": {"code": "diverged", "detail": "Was ist das für 1 é?"}},
}


def ended(records: Transitions, job: str, state: State) -> Record:
    mine = records.claim(job, "w", 10)
    if state is State.CANCELLED:
        records.cancel(job)
    return records.finish(mine, state, NOTES.get(state))


def wiped(client: redis.Redis, archiver: Archiver) -> None:
    client.flushall()
    archiver.fill()


# Filing


@pytest.mark.parametrize("state", ["succeeded", "failed", "cancelled"])
def test_an_end_comes_back_as_it_was(
    context: tasks.WorkerContext,
    records: Transitions,
    archiver: Archiver,
    client: redis.Redis,
    state: str,
) -> None:
    before = ended(records, submitted(context), State(state))
    archiver.file_all()
    wiped(client, archiver)
    assert records.get(before.id) == before
    assert records.ids(State(state)) == [before.id]
    assert [*records.page(None, 9, None)] == [before]
    assert records.waiting(9) == records.running() == records.lapsed() == []


def test_a_paused_job_comes_back_paused_and_can_go_on(
    context: tasks.WorkerContext, records: Transitions, archiver: Archiver, client: redis.Redis
) -> None:
    job = submitted(context)
    queued_again(records, job)
    before = records.pause(job)
    archiver.file_all()
    wiped(client, archiver)
    assert records.get(job) == before
    records.resume(job)
    assert records.claim(job, "w", 10).attempt == 2


def test_what_waited_waits_again_with_nothing_forgotten_that_was_asked_for(
    context: tasks.WorkerContext, records: Transitions, archiver: Archiver, client: redis.Redis
) -> None:
    before = records.get(submitted(context, epochs=7))
    wiped(client, archiver)
    after = records.get(before.id)
    assert (after.state, after.body, after.attempt) == (State.QUEUED, before.body, 0)
    assert before.created_at is not None
    assert after.created_at is not None
    assert abs((after.created_at - before.created_at).total_seconds()) < 1


def test_those_who_wait_keep_their_order(
    context: tasks.WorkerContext, records: Transitions, archiver: Archiver, client: redis.Redis
) -> None:
    for priority in ("low", "normal", "high", "normal", "high"):
        submitted(context, priority=priority)
    before = [record.id for record in records.waiting(9)]
    wiped(client, archiver)
    assert [record.id for record in records.waiting(9)] == before
    assert [records.position(job) for job in before] == [1, 2, 3, 4, 5]


def test_attempts_go_on_counting(
    context: tasks.WorkerContext, records: Transitions, archiver: Archiver, client: redis.Redis
) -> None:
    job = submitted(context)
    for attempt in (1, 2):
        with context.store.jobs.metrics_log(job, attempt):
            queued_again(records, job)
    running = records.claim(job, "w", 10)
    with context.store.jobs.metrics_log(job, 3):
        wiped(client, archiver)
    assert (records.get(job).state, records.get(job).attempt) == (State.QUEUED, 3)
    assert records.claim(job, "w", 10).attempt == 4
    with pytest.raises(LeaseLost):
        records.finish(running, State.SUCCEEDED)


def test_a_job_that_was_resumed_before_the_wipe_does_not_come_back_paused(
    context: tasks.WorkerContext, records: Transitions, archiver: Archiver, client: redis.Redis
) -> None:
    job = submitted(context)
    records.pause(job)
    archiver.file_all()
    records.resume(job)
    archiver.file_all()
    wiped(client, archiver)
    assert records.get(job).state is State.QUEUED


def test_datasets_come_back_too(
    context: tasks.WorkerContext, archiver: Archiver, client: redis.Redis
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
    wiped(client, archiver)
    for name in ("ready", "rejected"):
        assert datasets.get(made[name]) == before[name]
    for name in ("importing", "waiting"):
        after = datasets.get(made[name])
        assert (after.state, after.body) == (State.QUEUED, {"name": name})


def test_events_of_what_is_over_are_in_the_store_and_leave_redis_in_a_day(
    context: tasks.WorkerContext, records: Transitions, archiver: Archiver, client: redis.Redis
) -> None:
    job = submitted(context)
    mine = records.claim(job, "w", 10)
    mine = records.renew(
        mine, 10, {}, [{"event": "finding", "data": {"code": "é", "n": [1, None]}}]
    )
    records.finish(mine, State.SUCCEEDED)
    entries: Any = client.xrange(f"purr:job:{job}:events")
    archiver.file(job)
    events = context.store.archive.events(job) or []
    assert [event["id"] for event in events] == [entry for entry, _ in entries]
    assert [event["event"] for event in events] == ["state", "state", "finding", "state"]
    assert events[2]["data"] == {"code": "é", "n": [1, None]}
    assert events[3]["data"] == {"state": "succeeded", "who": "w", "why": "done", "attempt": "1"}
    assert 0 < client.ttl(f"purr:job:{job}:events") <= EVENTS_S


def test_filing_twice_is_filing_once(
    context: tasks.WorkerContext, records: Transitions, archiver: Archiver, client: redis.Redis
) -> None:
    job = ended(records, submitted(context), State.SUCCEEDED).id
    archiver.file(job)
    before = list(context.store.archive.all("job")), context.store.archive.events(job)
    archiver.file(job)
    archiver.file_all()
    assert (list(context.store.archive.all("job")), context.store.archive.events(job)) == before


def test_what_is_to_be_filed_is_noted_until_it_is(
    context: tasks.WorkerContext, records: Transitions, archiver: Archiver, client: redis.Redis
) -> None:
    jobs = [submitted(context) for _ in range(3)]
    records.cancel(jobs[0])
    records.pause(jobs[1])
    assert set(client.zrange("purr:jobs:unfiled", 0, -1)) == {*jobs[:2]}
    archiver.file_all()
    assert client.zcard("purr:jobs:unfiled") == 0


def test_a_record_that_cannot_be_filed_does_not_keep_others_from_it(
    context: tasks.WorkerContext, records: Transitions, archiver: Archiver, client: redis.Redis
) -> None:
    stuck, whole = (ended(records, submitted(context), State.CANCELLED).id for _ in range(2))
    folder = context.settings.data_dir / "jobs" / stuck
    shutil.rmtree(folder)
    folder.touch()  # no folder can be made here
    archiver.file_all()
    assert client.zrange("purr:jobs:unfiled", 0, -1) == [stuck]
    assert context.store.archive.events(whole) is not None
    folder.unlink()
    archiver.file_all()
    assert client.zcard("purr:jobs:unfiled") == 0


# Filling


def test_a_redis_that_knows_what_the_store_does_is_left_alone(
    context: tasks.WorkerContext, records: Transitions, archiver: Archiver, client: redis.Redis
) -> None:
    archiver.fill()
    assert filled(client)
    client.delete(f"purr:job:{submitted(context)}")
    archiver.fill()
    assert [*records.page(None, 9, None)] == []


def test_what_redis_knows_is_newer_than_what_the_store_does(
    context: tasks.WorkerContext, records: Transitions, archiver: Archiver, client: redis.Redis
) -> None:
    job = submitted(context)
    records.pause(job)
    archiver.file_all()
    mine = records.claim(records.resume(job).id, "w", 10)
    client.delete(FILLED)
    archiver.fill()
    assert records.get(job) == mine


def test_a_redis_that_was_started_from_an_old_snapshot_is_told_what_it_lacks(
    context: tasks.WorkerContext,
    records: Transitions,
    archiver: Archiver,
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
    archiver.fill()
    assert (records.get(done), records.get(lost).state) == (over, State.QUEUED)
    assert [record.id for record in records.waiting(9)] == [lost]
    assert filled(client)


def test_an_end_is_filed_though_an_older_state_was_just_being_filed(
    context: tasks.WorkerContext,
    records: Transitions,
    archiver: Archiver,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    job, archive = submitted(context), context.store.archive
    keep, mine = archive.file, records.claim(job, "w", 10)

    def keep_late(record_id: str, fields: Json, events: list[Json] | None) -> None:
        monkeypatch.setattr(archive, "file", keep)
        records.finish(mine, State.SUCCEEDED)
        archiver.file(job)
        keep(record_id, fields, events)

    monkeypatch.setattr(archive, "file", keep_late)
    archiver.file(job)
    fields = json.loads((context.settings.data_dir / "jobs" / job / "record.json").read_bytes())
    assert fields["state"] == "succeeded"


def test_what_was_filed_when_it_ended_is_not_filed_again_without_its_events(
    context: tasks.WorkerContext, records: Transitions, archiver: Archiver, client: redis.Redis
) -> None:
    job = ended(records, submitted(context), State.CANCELLED).id
    archiver.file(job)
    before = context.store.archive.events(job)
    client.delete(f"purr:job:{job}:events")
    archiver.file(job)
    assert before
    assert context.store.archive.events(job) == before


def test_what_redis_has_just_forgotten_stays_in_the_store(
    context: tasks.WorkerContext, records: Transitions, archiver: Archiver, client: redis.Redis
) -> None:
    job = submitted(context)
    records.pause(job)
    archiver.file(job)
    client.flushall()
    archiver.file(job)
    archiver.fill()
    assert records.get(job).state is State.PAUSED


def test_a_newer_wish_is_filed_though_an_older_one_was_just_being_filed(
    context: tasks.WorkerContext,
    records: Transitions,
    archiver: Archiver,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    job, archive = submitted(context), context.store.archive
    keep = archive.file
    records.claim(job, "w", 10)
    records.pause(job)

    def keep_late(record_id: str, fields: Json, events: list[Json] | None) -> None:
        monkeypatch.setattr(archive, "file", keep)
        records.resume(job)
        archiver.file(job)
        keep(record_id, fields, events)

    monkeypatch.setattr(archive, "file", keep_late)
    archiver.file(job)
    fields = json.loads((context.settings.data_dir / "jobs" / job / "record.json").read_bytes())
    assert fields["requested"] == ""


def test_a_wish_that_could_not_be_filed_at_once_is_filed_by_a_sweep(
    context: tasks.WorkerContext, records: Transitions, archiver: Archiver, client: redis.Redis
) -> None:
    job = submitted(context)
    records.claim(job, "w", 10)
    records.cancel(job)
    archiver.file_all()
    wiped(client, archiver)
    assert records.get(job).requested == "cancel"


def test_a_wipe_while_it_is_being_filled_is_noticed(
    context: tasks.WorkerContext,
    archiver: Archiver,
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
    archiver.fill()
    assert not filled(client)
    monkeypatch.undo()
    archiver.fill()
    assert filled(client)
    assert [record.id for record in context.records["job"].waiting(9)] == jobs


def test_an_attempt_of_which_an_old_snapshot_knows_nothing_keeps_its_number(
    context: tasks.WorkerContext, records: Transitions, archiver: Archiver, client: redis.Redis
) -> None:
    job = submitted(context)
    records.claim(job, "w", 10)
    (context.settings.data_dir / "jobs" / job / "metrics.3.jsonl").write_text("{}")
    client.set(FILLED, "the start before")
    archiver.fill()
    assert (records.get(job).state, records.get(job).attempt) == (State.QUEUED, 3)
    assert records.claim(job, "v", 10).attempt == 4


def test_who_follows_a_job_hears_that_it_was_brought_back(
    context: tasks.WorkerContext, archiver: Archiver, client: redis.Redis
) -> None:
    job = submitted(context)
    wiped(client, archiver)
    renewals: Any = client.xrange(f"purr:job:{job}:events")
    ((_, event),) = renewals
    assert (event["state"], event["why"]) == ("queued", "brought back")


def test_any_number_may_fill_at_once(
    context: tasks.WorkerContext, records: Transitions, archiver: Archiver, client: redis.Redis
) -> None:
    jobs = [submitted(context) for _ in range(20)]
    client.flushall()
    assert at_once(*[archiver.fill] * 6) == [None] * 6
    assert [record.id for record in records.waiting(99)] == jobs
    assert len([*records.page(None, 99, None)]) == 20


def test_one_damaged_request_does_not_keep_the_others_away(
    context: tasks.WorkerContext, records: Transitions, archiver: Archiver, client: redis.Redis
) -> None:
    damaged, whole = submitted(context), submitted(context)
    (context.settings.data_dir / "jobs" / damaged / "request.json").write_text("{")
    (context.settings.data_dir / "jobs" / "job_notes").mkdir()
    wiped(client, archiver)
    assert [record.id for record in records.waiting(9)] == [whole]
    assert filled(client)


def test_an_empty_store_fills_nothing(archiver: Archiver, client: redis.Redis) -> None:
    archiver.fill()
    assert [*client.scan_iter()] == [FILLED]


def test_the_fields_of_an_end_are_json_in_the_store(
    context: tasks.WorkerContext, records: Transitions, archiver: Archiver
) -> None:
    job = ended(records, submitted(context), State.FAILED).id
    archiver.file(job)
    fields = json.loads((context.settings.data_dir / "jobs" / job / "record.json").read_bytes())
    assert json.loads(fields["problem"])["detail"] == "Was ist das für 1 é?"
