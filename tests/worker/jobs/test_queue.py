"""Which records have a message where a worker will find it."""

import time

import redis

from tests.worker.working import queued
from worker.jobs.messages import queue
from worker.jobs.presence import workers_key
from worker.jobs.queue import JobQueue
from worker.jobs.record import Record, State, new_id


def test_what_is_no_message_of_ours_keeps_nobody_from_counting(raw: redis.Redis) -> None:
    job_queue, job = JobQueue(raw), queued()
    raw.rpush("rq:queue:train", b"\xff\xfe", "", "x:y")
    job_queue.enqueue(job)
    assert job.id in job_queue.waiting("job")
    assert job_queue.without_message([job]) == []


def test_an_id_waits_on_the_queue_of_its_kind(raw: redis.Redis) -> None:
    job_queue, job, dataset = (
        JobQueue(raw),
        queued(),
        Record(new_id("ds"), State.QUEUED, {"name": "a"}),
    )
    for record in (job, job, dataset):
        job_queue.enqueue(record)
    assert (job_queue.waiting("job"), job_queue.waiting("ds")) == ({job.id}, {dataset.id})


def attend(raw: redis.Redis, *names: str, seconds_ago: float = 0) -> None:
    """Have workers on these queues, as far as anybody can see."""
    for name in names:
        raw.zadd(workers_key(name), {"w": time.time() - seconds_ago})


def test_a_message_goes_where_a_worker_showed_itself_lately(raw: redis.Redis) -> None:
    job_queue, early, late = JobQueue(raw), queued(), queued()
    attend(raw, "train")
    attend(raw, "gpu", seconds_ago=60)
    job_queue.enqueue(early)
    attend(raw, "gpu")
    job_queue.enqueue(late)
    waiting = [[i.rpartition("-")[0] for i in queue(q, raw).job_ids] for q in ("train", "gpu")]
    assert waiting == [[early.id], [late.id]]


def test_a_message_in_a_queue_without_a_worker_waits_only_while_none_has_one(
    raw: redis.Redis,
) -> None:
    job_queue, job = JobQueue(raw), queued("gpu")
    job_queue.enqueue(job)
    assert job_queue.waiting("job") == {job.id}
    attend(raw, "train")
    assert job_queue.waiting("job") == set()
    assert job_queue.without_message([job]) == []
    attend(raw, "gpu")
    assert job_queue.waiting("job") == {job.id}


def test_every_kind_of_record_needs_a_worker(raw: redis.Redis) -> None:
    job_queue = JobQueue(raw)
    assert not job_queue.has_workers()
    attend(raw, "gpu", "train")
    assert not job_queue.has_workers()
    attend(raw, "import")
    assert job_queue.has_workers()
    raw.delete(workers_key("train"))
    assert job_queue.has_workers()


def test_a_worker_with_a_graphics_processor_is_noticed(raw: redis.Redis) -> None:
    attend(raw, "train", "import")
    assert not JobQueue(raw).has_gpu_worker()
    attend(raw, "gpu")
    assert JobQueue(raw).has_gpu_worker()
