"""Which of the jobs that wait comes next, whatever message a worker was rung by."""

import time

import pytest
import redis

from tests.worker.working import outcome, publish_dataset, queued_again, submitted, work_off
from worker import tasks
from worker.queue import Bell, attendance
from worker.record import State, new_id
from worker.records import RANKS, Records
from worker.spec import JobSpec
from worker.tasks import claimed


@pytest.fixture
def records(rooms: tasks.Rooms) -> Records:
    return rooms.records["job"]


def prioritized(rooms: tasks.Rooms, *priorities: str) -> list[str]:
    return [submitted(rooms, priority=priority) for priority in priorities]


def order(records: Records) -> list[str]:
    return [record.id for record in records.waiting(99)]


def test_the_words_of_the_spec_are_the_ranks() -> None:
    words = JobSpec.model_json_schema()["properties"]["priority"]["enum"]
    assert set(words) == RANKS.keys()
    assert sorted(RANKS, key=RANKS.__getitem__) == ["high", "normal", "low"]
    assert JobSpec(dataset="ds_" + "0" * 32).priority == "normal"


def test_the_higher_priority_comes_first_and_of_equals_the_older(
    rooms: tasks.Rooms, records: Records
) -> None:
    low, old, high, young, urgent = prioritized(rooms, "low", "normal", "high", "normal", "high")
    assert order(records) == [high, urgent, old, young, low]
    assert [records.position(job) for job in order(records)] == [1, 2, 3, 4, 5]


def test_a_job_of_a_time_before_priorities_is_a_normal_one(
    rooms: tasks.Rooms, records: Records
) -> None:
    old = records.create(new_id("job"), {"model": "cats"}).id
    low, high = prioritized(rooms, "low", "high")
    assert order(records) == [high, old, low]


def test_who_leaves_the_queue_moves_the_others_up(rooms: tasks.Rooms, records: Records) -> None:
    first, second, third, fourth = prioritized(rooms, *["normal"] * 4)
    records.cancel(first)
    assert records.position(second) == 1
    records.pause(second)
    assert (records.position(second), records.position(third)) == (None, 1)
    records.claim(third, "w", 10)
    assert (records.position(third), records.position(fourth)) == (None, 1)


@pytest.mark.parametrize("priority", ["high", "normal", "low"])
def test_what_comes_back_has_its_place_again(
    rooms: tasks.Rooms, records: Records, priority: str
) -> None:
    _, job, *_ = prioritized(rooms, "normal", priority, "high", "normal", "low")
    before = order(records)
    queued_again(records, job)
    assert order(records) == before
    records.lose(records.claim(job, "w", 10), 3, "signal 9")
    assert order(records) == before
    records.pause(job)
    records.resume(job)
    assert order(records) == before
    records.pause(job)
    records.stop(job)
    assert order(records) == before


def test_only_the_queued_wait(rooms: tasks.Rooms, records: Records, client: redis.Redis) -> None:
    jobs = prioritized(rooms, *["normal"] * 5)
    records.pause(jobs[0])
    records.cancel(jobs[1])
    records.claim(jobs[2], "w", 10)
    records.finish(records.claim(jobs[3], "w", 10), State.FAILED)
    assert client.zrange("purr:jobs:waiting", 0, -1) == jobs[4:]


def test_of_those_who_wait_as_many_are_shown_as_are_asked_for(
    rooms: tasks.Rooms, records: Records
) -> None:
    jobs = prioritized(rooms, "normal", "normal", "high")
    assert [record.id for record in records.waiting(2)] == [jobs[2], jobs[0]]


# A message is only a bell


def test_a_worker_takes_what_comes_next_and_not_what_it_was_rung_for(
    rooms: tasks.Rooms, records: Records
) -> None:
    rung_for, urgent = prioritized(rooms, "normal", "high")
    mine = claimed(records, rooms.bell, 10, rung_for)
    assert mine is not None
    assert (mine.id, records.get(rung_for).state) == (urgent, State.QUEUED)


def test_every_bell_brings_one_job_and_all_are_done_in_their_order(
    rooms: tasks.Rooms, records: Records, raw: redis.Redis
) -> None:
    publish_dataset(rooms.store)
    jobs = prioritized(rooms, "low", "normal", "high", "normal")
    for job in jobs:
        Bell(raw).ring(records.get(job))
    expected = order(records)
    work_off("train", raw)
    ended = [records.get(job) for job in jobs]
    assert all(record.state is State.SUCCEEDED for record in ended)
    by_time = sorted(ended, key=lambda record: (record.started_at, expected.index(record.id)))
    assert [record.id for record in by_time] == expected


def test_a_bell_for_a_cancelled_job_brings_another(rooms: tasks.Rooms, records: Records) -> None:
    publish_dataset(rooms.store)
    gone, other = prioritized(rooms, "high", "low")
    records.cancel(gone)
    tasks.perform(gone)
    assert records.get(other).state is State.SUCCEEDED


def test_a_bell_that_rings_once_too_often_brings_nothing(rooms: tasks.Rooms) -> None:
    publish_dataset(rooms.store)
    (job,) = prioritized(rooms, "normal")
    done = outcome(rooms, job)
    assert outcome(rooms, job) == done


def test_a_worker_passes_over_what_it_cannot_do(
    rooms: tasks.Rooms, records: Records, raw: redis.Redis
) -> None:
    publish_dataset(rooms.store)
    for_gpu = submitted(rooms, priority="high", device="gpu")
    other = submitted(rooms, priority="low")
    Bell(raw).ring(records.get(other))
    work_off("train", raw)
    assert [records.get(job).state for job in (for_gpu, other)] == ["queued", "succeeded"]


def test_a_worker_leaves_to_a_graphics_processor_what_may_have_one(
    rooms: tasks.Rooms, records: Records, raw: redis.Redis
) -> None:
    publish_dataset(rooms.store)
    for name in ("gpu", "train"):
        raw.zadd(attendance(name), {"w": time.time()})
    anywhere, here = submitted(rooms, priority="high"), submitted(rooms, device="cpu")
    Bell(raw).ring(records.get(here))
    work_off("train", raw)
    assert [records.get(job).state for job in (anywhere, here)] == ["queued", "succeeded"]


def test_behind_very_many_for_others_a_bell_still_brings_what_it_was_rung_for(
    rooms: tasks.Rooms, records: Records, raw: redis.Redis, monkeypatch: pytest.MonkeyPatch
) -> None:
    publish_dataset(rooms.store)
    monkeypatch.setattr(tasks, "LOOK", 3)
    others = [submitted(rooms, device="gpu") for _ in range(4)]
    mine = submitted(rooms)
    Bell(raw).ring(records.get(mine))
    work_off("train", raw)
    assert records.get(mine).state is State.SUCCEEDED
    assert {records.get(job).state for job in others} == {State.QUEUED}
