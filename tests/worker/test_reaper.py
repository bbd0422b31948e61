import time

import pytest
import redis

from tests.conftest import Eventually
from worker import tasks
from worker.queue import Bell, attendance, queue
from worker.reaper import Reaper
from worker.record import Record, State, new_id
from worker.records import Records, open_records


@pytest.fixture
def bell(raw: redis.Redis) -> Bell:
    return Bell(raw)


@pytest.fixture
def reaper(rooms: tasks.Rooms, bell: Bell) -> Reaper:
    return Reaper(rooms.records, bell, rooms.filing, max_attempts=2)


@pytest.fixture
def lapsed(jobs: Records, eventually: Eventually) -> Record:
    """A running record whose worker has fallen silent."""
    record = jobs.claim(jobs.create(new_id("job"), {}).id, "w", lease_s=0.01)
    eventually(jobs.lapsed)
    return record


def test_a_silent_attempt_is_queued_again_and_rung(
    reaper: Reaper, jobs: Records, bell: Bell, lapsed: Record
) -> None:
    reaper.sweep()
    assert jobs.get(lapsed.id).state is State.QUEUED
    assert bell.waiting("job") == {lapsed.id}


def test_a_job_that_loses_every_worker_fails_and_says_so(
    reaper: Reaper,
    jobs: Records,
    lapsed: Record,
    eventually: Eventually,
) -> None:
    reaper.sweep()
    jobs.claim(lapsed.id, "w", lease_s=0.01)
    eventually(jobs.lapsed)
    reaper.sweep()
    record = jobs.get(lapsed.id)
    assert record.state is State.FAILED
    assert record.problem is not None
    assert record.problem["code"] == "worker_lost"


def test_what_renewed_its_lease_is_left_alone(reaper: Reaper, jobs: Records) -> None:
    record = jobs.claim(jobs.create(new_id("job"), {}).id, "w", lease_s=60)
    reaper.sweep()
    assert jobs.get(record.id).state is State.RUNNING


def test_an_end_that_came_first_stands(reaper: Reaper, jobs: Records, lapsed: Record) -> None:
    jobs.finish(lapsed, State.SUCCEEDED)
    reaper.lost(lapsed, "signal 9")
    assert jobs.get(lapsed.id).state is State.SUCCEEDED


def test_a_queued_record_without_a_message_is_rung_at_the_second_sight(
    reaper: Reaper, jobs: Records, bell: Bell
) -> None:
    job = jobs.create(new_id("job"), {}).id
    reaper.sweep()
    assert bell.waiting("job") == set()
    reaper.sweep()
    assert bell.waiting("job") == {job}
    reaper.sweep()
    assert len(bell.waiting("job")) == 1


def test_imports_are_looked_after_too(reaper: Reaper, client: redis.Redis, bell: Bell) -> None:
    dataset = open_records(client)["ds"].create(new_id("ds"), {"name": "a"}).id
    reaper.sweep()
    reaper.sweep()
    assert bell.waiting("ds") == {dataset}


# Queues that nobody serves any more


def attend(raw: redis.Redis, *names: str) -> None:
    """Have workers on these queues and on no others, as far as anybody can see."""
    for name in ("train", "gpu"):
        raw.delete(attendance(name))
    for name in names:
        raw.zadd(attendance(name), {"w": time.time()})


def submitted(jobs: Records, bell: Bell, device: str) -> str:
    record = jobs.create(new_id("job"), {"device": device})
    bell.ring(record)
    return record.id


def messages(raw: redis.Redis) -> dict[str, list[str]]:
    """The ids that wait in each queue, as often as they do."""
    names = ("train", "gpu")
    return {q: [m.rpartition("-")[0] for m in queue(q, raw).job_ids] for q in names}


def sweep_often(reaper: Reaper) -> None:
    for _ in range(5):
        reaper.sweep()


@pytest.mark.parametrize(
    ("device", "before", "after"),
    [
        ("auto", "gpu", "train"),
        ("auto", "train", "gpu"),
        ("cpu", "gpu", "train"),
        ("cpu", "train", "gpu"),
    ],
)
def test_a_job_moves_once_from_a_queue_without_a_worker_to_the_one_that_has_one(
    reaper: Reaper,
    jobs: Records,
    bell: Bell,
    raw: redis.Redis,
    device: str,
    before: str,
    after: str,
) -> None:
    attend(raw, before)
    job = submitted(jobs, bell, device)
    attend(raw, after)
    reaper.sweep()
    assert messages(raw)[after] == []
    sweep_often(reaper)
    assert messages(raw) == {before: [job], after: [job]}


def test_a_job_that_needs_a_graphics_processor_waits_for_one(
    reaper: Reaper, jobs: Records, bell: Bell, raw: redis.Redis
) -> None:
    attend(raw, "gpu")
    job = submitted(jobs, bell, "gpu")
    attend(raw, "train")
    sweep_often(reaper)
    assert messages(raw) == {"train": [], "gpu": [job]}


def test_a_job_that_began_on_a_graphics_processor_waits_for_one(
    reaper: Reaper, jobs: Records, bell: Bell, raw: redis.Redis
) -> None:
    attend(raw, "gpu")
    mine = jobs.claim(jobs.create(new_id("job"), {"device": "auto"}).id, "w", 10)
    mine = jobs.renew(mine, 10, {"device": {"kind": "gpu", "name": "NVIDIA H200"}})
    attend(raw, "train")
    reaper.lost(mine, "signal 9")
    sweep_often(reaper)
    assert messages(raw) == {"train": [], "gpu": [mine.id]}


def test_a_lost_message_is_rung_again_where_nobody_is_yet(
    reaper: Reaper, jobs: Records, raw: redis.Redis
) -> None:
    job = jobs.create(new_id("job"), {"device": "gpu"}).id
    attend(raw, "train")
    sweep_often(reaper)
    assert messages(raw) == {"train": [], "gpu": [job]}


def test_without_any_worker_messages_stay_where_they_are(
    reaper: Reaper, jobs: Records, bell: Bell, raw: redis.Redis
) -> None:
    attend(raw, "gpu")
    job = submitted(jobs, bell, "auto")
    attend(raw)
    sweep_often(reaper)
    assert messages(raw) == {"train": [], "gpu": [job]}
