"""Records are filed in the store, with their events once they have ended."""

import json
import shutil
from typing import Any

import pytest
import redis

from tests.worker.working import ended, submitted, wiped
from worker.jobs.archiver import EVENTS_S, Archiver
from worker.jobs.record import State
from worker.jobs.recovery import Recovery
from worker.jobs.transitions import Transitions
from worker.jsontypes import Json
from worker.tasks.context import WorkerContext


def test_events_of_what_is_over_are_in_the_store_and_leave_redis_in_a_day(
    context: WorkerContext, records: Transitions, archiver: Archiver, client: redis.Redis
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
    context: WorkerContext, records: Transitions, archiver: Archiver, client: redis.Redis
) -> None:
    job = ended(records, submitted(context), State.SUCCEEDED).id
    archiver.file(job)
    before = list(context.store.archive.all("job")), context.store.archive.events(job)
    archiver.file(job)
    archiver.file_all()
    assert (list(context.store.archive.all("job")), context.store.archive.events(job)) == before


def test_what_is_to_be_filed_is_noted_until_it_is(
    context: WorkerContext, records: Transitions, archiver: Archiver, client: redis.Redis
) -> None:
    jobs = [submitted(context) for _ in range(3)]
    records.cancel(jobs[0])
    records.pause(jobs[1])
    assert set(client.zrange("purr:jobs:unfiled", 0, -1)) == {*jobs[:2]}
    archiver.file_all()
    assert client.zcard("purr:jobs:unfiled") == 0


def test_a_record_that_cannot_be_filed_does_not_keep_others_from_it(
    context: WorkerContext, records: Transitions, archiver: Archiver, client: redis.Redis
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


def test_an_end_is_filed_though_an_older_state_was_just_being_filed(
    context: WorkerContext,
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
    context: WorkerContext, records: Transitions, archiver: Archiver, client: redis.Redis
) -> None:
    job = ended(records, submitted(context), State.CANCELLED).id
    archiver.file(job)
    before = context.store.archive.events(job)
    client.delete(f"purr:job:{job}:events")
    archiver.file(job)
    assert before
    assert context.store.archive.events(job) == before


def test_what_redis_has_just_forgotten_stays_in_the_store(
    context: WorkerContext,
    records: Transitions,
    archiver: Archiver,
    recovery: Recovery,
    client: redis.Redis,
) -> None:
    job = submitted(context)
    records.pause(job)
    archiver.file(job)
    client.flushall()
    archiver.file(job)
    recovery.fill()
    assert records.get(job).state is State.PAUSED


def test_a_newer_wish_is_filed_though_an_older_one_was_just_being_filed(
    context: WorkerContext,
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
    context: WorkerContext,
    records: Transitions,
    archiver: Archiver,
    recovery: Recovery,
    client: redis.Redis,
) -> None:
    job = submitted(context)
    records.claim(job, "w", 10)
    records.cancel(job)
    archiver.file_all()
    wiped(client, recovery)
    assert records.get(job).requested == "cancel"


def test_the_fields_of_an_end_are_json_in_the_store(
    context: WorkerContext, records: Transitions, archiver: Archiver
) -> None:
    job = ended(records, submitted(context), State.FAILED).id
    archiver.file(job)
    fields = json.loads((context.settings.data_dir / "jobs" / job / "record.json").read_bytes())
    assert json.loads(fields["problem"])["detail"] == "Was ist das für 1 é?"
