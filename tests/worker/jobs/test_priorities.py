"""Which of the jobs that wait comes next, whatever message woke a worker up."""

import time

import pytest
import redis

from tests.worker.working import outcome, publish_dataset, queued_again, submitted, work_off
from worker.jobs.presence import workers_key
from worker.jobs.queue import JobQueue
from worker.jobs.record import State, new_id
from worker.jobs.transitions import RANKS, Transitions
from worker.spec import JobSpec
from worker.tasks import entry
from worker.tasks.context import WorkerContext
from worker.tasks.entry import claimed, perform


def prioritized(context: WorkerContext, *priorities: str) -> list[str]:
    return [submitted(context, priority=priority) for priority in priorities]


def order(records: Transitions) -> list[str]:
    return [record.id for record in records.waiting(99)]


def test_the_words_of_the_spec_are_the_ranks() -> None:
    words = JobSpec.model_json_schema()["properties"]["priority"]["enum"]
    assert set(words) == RANKS.keys()
    assert sorted(RANKS, key=RANKS.__getitem__) == ["high", "normal", "low"]
    assert JobSpec(dataset="ds_" + "0" * 32).priority == "normal"


def test_the_higher_priority_comes_first_and_of_equals_the_older(
    context: WorkerContext, records: Transitions
) -> None:
    low, old, high, young, urgent = prioritized(context, "low", "normal", "high", "normal", "high")
    assert order(records) == [high, urgent, old, young, low]
    assert [records.position(job) for job in order(records)] == [1, 2, 3, 4, 5]


def test_a_job_of_a_time_before_priorities_is_a_normal_one(
    context: WorkerContext, records: Transitions
) -> None:
    old = records.create(new_id("job"), {"model": "cats"}).id
    low, high = prioritized(context, "low", "high")
    assert order(records) == [high, old, low]


def test_who_leaves_the_queue_moves_the_others_up(
    context: WorkerContext, records: Transitions
) -> None:
    first, second, third, fourth = prioritized(context, *["normal"] * 4)
    records.cancel(first)
    assert records.position(second) == 1
    records.pause(second)
    assert (records.position(second), records.position(third)) == (None, 1)
    records.claim(third, "w", 10)
    assert (records.position(third), records.position(fourth)) == (None, 1)


@pytest.mark.parametrize("priority", ["high", "normal", "low"])
def test_what_comes_back_has_its_place_again(
    context: WorkerContext, records: Transitions, priority: str
) -> None:
    _, job, *_ = prioritized(context, "normal", priority, "high", "normal", "low")
    before = order(records)
    queued_again(records, job)
    assert order(records) == before
    records.record_loss(records.claim(job, "w", 10), 3, "signal 9")
    assert order(records) == before
    records.pause(job)
    records.resume(job)
    assert order(records) == before
    records.pause(job)
    records.stop(job)
    assert order(records) == before


def test_only_the_queued_wait(
    context: WorkerContext, records: Transitions, client: redis.Redis
) -> None:
    jobs = prioritized(context, *["normal"] * 5)
    records.pause(jobs[0])
    records.cancel(jobs[1])
    records.claim(jobs[2], "w", 10)
    records.finish(records.claim(jobs[3], "w", 10), State.FAILED)
    assert client.zrange("purr:jobs:waiting", 0, -1) == jobs[4:]


def test_of_those_who_wait_as_many_are_shown_as_are_asked_for(
    context: WorkerContext, records: Transitions
) -> None:
    jobs = prioritized(context, "normal", "normal", "high")
    assert [record.id for record in records.waiting(2)] == [jobs[2], jobs[0]]


# A message only wakes a worker up


def test_a_worker_takes_what_comes_next_and_not_what_it_was_woken_for(
    context: WorkerContext, records: Transitions
) -> None:
    rung_for, urgent = prioritized(context, "normal", "high")
    mine = claimed(records, context.job_queue, 10, rung_for)
    assert mine is not None
    assert (mine.id, records.get(rung_for).state) == (urgent, State.QUEUED)


def test_every_bell_brings_one_job_and_all_are_done_in_their_order(
    context: WorkerContext, records: Transitions, raw: redis.Redis
) -> None:
    publish_dataset(context.store)
    jobs = prioritized(context, "low", "normal", "high", "normal")
    for job in jobs:
        JobQueue(raw).enqueue(records.get(job))
    expected = order(records)
    work_off("train", raw)
    ended = [records.get(job) for job in jobs]
    assert all(record.state is State.SUCCEEDED for record in ended)
    by_time = sorted(ended, key=lambda record: (record.started_at, expected.index(record.id)))
    assert [record.id for record in by_time] == expected


def test_a_bell_for_a_cancelled_job_brings_another(
    context: WorkerContext, records: Transitions
) -> None:
    publish_dataset(context.store)
    gone, other = prioritized(context, "high", "low")
    records.cancel(gone)
    perform(gone)
    assert records.get(other).state is State.SUCCEEDED


def test_a_bell_that_rings_once_too_often_brings_nothing(context: WorkerContext) -> None:
    publish_dataset(context.store)
    (job,) = prioritized(context, "normal")
    done = outcome(context, job)
    assert outcome(context, job) == done


def test_a_worker_passes_over_what_it_cannot_do(
    context: WorkerContext, records: Transitions, raw: redis.Redis
) -> None:
    publish_dataset(context.store)
    for_gpu = submitted(context, priority="high", device="gpu")
    other = submitted(context, priority="low")
    JobQueue(raw).enqueue(records.get(other))
    work_off("train", raw)
    assert [records.get(job).state for job in (for_gpu, other)] == ["queued", "succeeded"]


def test_a_worker_leaves_to_a_graphics_processor_what_may_have_one(
    context: WorkerContext, records: Transitions, raw: redis.Redis
) -> None:
    publish_dataset(context.store)
    for name in ("gpu", "train"):
        raw.zadd(workers_key(name), {"w": time.time()})
    anywhere, here = submitted(context, priority="high"), submitted(context, device="cpu")
    JobQueue(raw).enqueue(records.get(here))
    work_off("train", raw)
    assert [records.get(job).state for job in (anywhere, here)] == ["queued", "succeeded"]


def test_behind_very_many_for_others_a_message_still_brings_what_it_was_sent_for(
    context: WorkerContext,
    records: Transitions,
    raw: redis.Redis,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    publish_dataset(context.store)
    monkeypatch.setattr(entry, "LOOK", 3)
    others = [submitted(context, device="gpu") for _ in range(4)]
    mine = submitted(context)
    JobQueue(raw).enqueue(records.get(mine))
    work_off("train", raw)
    assert records.get(mine).state is State.SUCCEEDED
    assert {records.get(job).state for job in others} == {State.QUEUED}
