import time

import pytest
import redis

from tests.conftest import Eventually
from tests.worker.working import lapsed_by_now
from worker.jobs.messages import queue
from worker.jobs.presence import workers_key
from worker.jobs.queue import JobQueue
from worker.jobs.reaper import Reaper
from worker.jobs.record import Record, State, new_id
from worker.jobs.transitions import Transitions, open_records
from worker.tasks.context import WorkerContext


@pytest.fixture
def job_queue(raw: redis.Redis) -> JobQueue:
    return JobQueue(raw)


@pytest.fixture
def reaper(context: WorkerContext, job_queue: JobQueue) -> Reaper:
    return Reaper(context.redis, context.records, job_queue, context.store, max_attempts=2)


@pytest.fixture
def lapsed(jobs: Transitions, eventually: Eventually) -> Record:
    """A running record whose worker has fallen silent."""
    record = jobs.claim(jobs.create(new_id("job"), {}).id, "w", lease_s=0.01)
    eventually(lambda: lapsed_by_now(jobs))
    return record


def test_a_silent_attempt_is_queued_again_and_enqueued(
    reaper: Reaper, jobs: Transitions, job_queue: JobQueue, lapsed: Record
) -> None:
    reaper.sweep()
    assert jobs.get(lapsed.id).state is State.QUEUED
    assert job_queue.waiting("job") == {lapsed.id}


def test_a_job_that_loses_every_worker_fails_and_says_so(
    reaper: Reaper,
    jobs: Transitions,
    lapsed: Record,
    eventually: Eventually,
) -> None:
    reaper.sweep()
    jobs.claim(lapsed.id, "w", lease_s=0.01)
    eventually(lambda: lapsed_by_now(jobs))
    reaper.sweep()
    record = jobs.get(lapsed.id)
    assert record.state is State.FAILED
    assert record.problem is not None
    assert record.problem["code"] == "worker_lost"


def test_what_renewed_its_lease_is_left_alone(reaper: Reaper, jobs: Transitions) -> None:
    record = jobs.claim(jobs.create(new_id("job"), {}).id, "w", lease_s=60)
    reaper.sweep()
    assert jobs.get(record.id).state is State.RUNNING


def test_an_end_that_came_first_stands(reaper: Reaper, jobs: Transitions, lapsed: Record) -> None:
    jobs.finish(lapsed, State.SUCCEEDED)
    reaper.lost(lapsed, "signal 9")
    assert jobs.get(lapsed.id).state is State.SUCCEEDED


def test_a_queued_record_without_a_message_is_enqueued_at_the_second_sight(
    reaper: Reaper, jobs: Transitions, job_queue: JobQueue
) -> None:
    job = jobs.create(new_id("job"), {}).id
    reaper.sweep()
    assert job_queue.waiting("job") == set()
    reaper.sweep()
    assert job_queue.waiting("job") == {job}
    reaper.sweep()
    assert len(job_queue.waiting("job")) == 1


def test_imports_are_looked_after_too(
    reaper: Reaper, client: redis.Redis, job_queue: JobQueue
) -> None:
    dataset = open_records(client)["ds"].create(new_id("ds"), {"name": "a"}).id
    reaper.sweep()
    reaper.sweep()
    assert job_queue.waiting("ds") == {dataset}


# Queues that nobody serves any more


def attend(raw: redis.Redis, *names: str) -> None:
    """Have workers on these queues and on no others, as far as anybody can see."""
    for name in ("train", "gpu"):
        raw.delete(workers_key(name))
    for name in names:
        raw.zadd(workers_key(name), {"w": time.time()})


def submitted(jobs: Transitions, job_queue: JobQueue, device: str) -> str:
    record = jobs.create(new_id("job"), {"device": device})
    job_queue.enqueue(record)
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
    jobs: Transitions,
    job_queue: JobQueue,
    raw: redis.Redis,
    device: str,
    before: str,
    after: str,
) -> None:
    attend(raw, before)
    job = submitted(jobs, job_queue, device)
    attend(raw, after)
    reaper.sweep()
    assert messages(raw)[after] == []
    sweep_often(reaper)
    assert messages(raw) == {before: [job], after: [job]}


def test_a_job_that_needs_a_graphics_processor_waits_for_one(
    reaper: Reaper, jobs: Transitions, job_queue: JobQueue, raw: redis.Redis
) -> None:
    attend(raw, "gpu")
    job = submitted(jobs, job_queue, "gpu")
    attend(raw, "train")
    sweep_often(reaper)
    assert messages(raw) == {"train": [], "gpu": [job]}


def test_a_job_that_began_on_a_graphics_processor_waits_for_one(
    reaper: Reaper, jobs: Transitions, job_queue: JobQueue, raw: redis.Redis
) -> None:
    attend(raw, "gpu")
    mine = jobs.claim(jobs.create(new_id("job"), {"device": "auto"}).id, "w", 10)
    mine = jobs.renew(mine, 10, {"device": {"kind": "gpu", "name": "NVIDIA H200"}})
    attend(raw, "train")
    reaper.lost(mine, "signal 9")
    sweep_often(reaper)
    assert messages(raw) == {"train": [], "gpu": [mine.id]}


def test_a_lost_message_is_sent_again_where_nobody_is_yet(
    reaper: Reaper, jobs: Transitions, raw: redis.Redis
) -> None:
    job = jobs.create(new_id("job"), {"device": "gpu"}).id
    attend(raw, "train")
    sweep_often(reaper)
    assert messages(raw) == {"train": [], "gpu": [job]}


def test_without_any_worker_messages_stay_where_they_are(
    reaper: Reaper, jobs: Transitions, job_queue: JobQueue, raw: redis.Redis
) -> None:
    attend(raw, "gpu")
    job = submitted(jobs, job_queue, "auto")
    attend(raw)
    sweep_often(reaper)
    assert messages(raw) == {"train": [], "gpu": [job]}
