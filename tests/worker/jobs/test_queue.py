"""Messages that others put straight into Redis must harm nothing."""

import pickle
import time
from pathlib import Path
from typing import Any

import pytest
import redis
from rq import Callback
from rq.job import Job
from rq.serializers import JSONSerializer

from tests.worker.working import work_off
from worker.jobs.messages import ASIDE, TASK, OneTask, queue, served_queue
from worker.jobs.placement import queue_for
from worker.jobs.presence import workers_key
from worker.jobs.queue import JobQueue
from worker.jobs.record import Record, State, new_id


class Canary:
    """Makes a file when it is unpickled."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def __reduce__(self) -> tuple[object, tuple[str]]:
        return Path.touch, (self.path,)  # type: ignore[return-value]


@pytest.mark.parametrize("function", ["os.system", "subprocess.getoutput", "builtins.eval"])
def test_no_function_but_ours_is_called(raw: redis.Redis, tmp_path: Path, function: str) -> None:
    canary = tmp_path / "canary"
    commands = {"builtins.eval": f"open({str(canary)!r}, 'w')"}
    argument = commands.get(function, f"touch {canary}")
    queue("train", raw).enqueue(function, argument)
    work_off("train", raw)
    assert not canary.exists()


def test_a_pickled_message_is_not_opened(raw: redis.Redis, tmp_path: Path) -> None:
    job = Job.create("os.system", connection=raw, id="hostile", origin="train", timeout=60)
    job.data = pickle.dumps(Canary(tmp_path / "canary"))
    job.save()
    queue("train", raw).push_job_id("hostile")
    work_off("train", raw)
    assert list(tmp_path.iterdir()) == []


def test_callbacks_in_a_message_are_dropped(raw: redis.Redis) -> None:
    hostile = Job.create(
        TASK,
        connection=raw,
        id="hostile",
        origin="train",
        serializer=JSONSerializer,
        on_failure=Callback("os.system"),
    )
    hostile.save()
    again = OneTask.fetch("hostile", connection=raw, serializer=JSONSerializer)
    assert again.failure_callback is None
    assert again.success_callback is None
    assert again.stopped_callback is None


def test_of_a_message_nothing_is_believed_but_its_id(raw: redis.Redis) -> None:
    message = f"{new_id('job')}-00000000"
    hostile = {"data": b"\xff", "status": "asleep", "origin": b"\xff", "created_at": "yesterday",
               "timeout": "never", "retries_left": "x", "meta": b"\x80"}  # fmt: skip
    raw.hset(f"rq:job:{message}", mapping=hostile)  # type: ignore[arg-type]
    found = OneTask.fetch(message, connection=raw, serializer=JSONSerializer)
    assert (found.func_name, found.args, found.kwargs) == (TASK, (message[:-9],), {})
    assert (found.instance, found.timeout, found.meta) == (None, -1, {})


@pytest.mark.parametrize("stray", [b"", b"\xff", b"job_1-00000000", b"cat", b"rq:queue:train"])
def test_what_is_no_message_of_ours_is_set_aside(raw: redis.Redis, stray: bytes) -> None:
    name, job = queue("train", raw), queued()
    raw.rpush(name.key, stray)
    JobQueue(raw).enqueue(job)
    message, _ = name.lmove(raw, name.key, None), raw.rpush(name.key, stray)
    assert message[1].startswith(job.id.encode())
    assert name.lmove(raw, name.key, None) is None
    assert raw.lrange(f"{name.key}:intermediate", 0, -1) == [message[1]]
    assert raw.lrange(ASIDE, 0, -1) == [stray, stray]


def test_of_what_is_set_aside_the_last_and_their_beginnings_are_kept(raw: redis.Redis) -> None:
    name = queue("train", raw)
    raw.rpush(name.key, *(b"%03d" % number + b"x" * 5_000 for number in range(120)))
    assert name.lmove(raw, name.key, None) is None
    kept: Any = raw.lrange(ASIDE, 0, -1)
    assert {len(stray) for stray in kept} == {1_000}
    assert {int(stray[:3]) for stray in kept} == {*range(20, 120)}


def test_what_is_no_message_of_ours_keeps_nobody_from_counting(raw: redis.Redis) -> None:
    job_queue, job = JobQueue(raw), queued()
    raw.rpush("rq:queue:train", b"\xff\xfe", "", "x:y")
    job_queue.enqueue(job)
    assert job.id in job_queue.waiting("job")
    assert job_queue.without_message([job]) == []


def test_a_rung_id_waits_on_the_queue_of_its_kind(raw: redis.Redis) -> None:
    job_queue, job, dataset = (
        JobQueue(raw),
        queued(),
        Record(new_id("ds"), State.QUEUED, {"name": "a"}),
    )
    for record in (job, job, dataset):
        job_queue.enqueue(record)
    assert (job_queue.waiting("job"), job_queue.waiting("ds")) == ({job.id}, {dataset.id})


def queued(device: str = "auto", began_on: str = "") -> Record:
    """A job that asks for a device, and may have begun on one."""
    begun = {"kind": began_on, "name": None} if began_on else None
    return Record(new_id("job"), State.QUEUED, {"device": device}, device=begun)


def attend(raw: redis.Redis, *names: str, seconds_ago: float = 0) -> None:
    """Have workers on these queues, as far as anybody can see."""
    for name in names:
        raw.zadd(workers_key(name), {"w": time.time() - seconds_ago})


@pytest.mark.parametrize(
    ("served", "expected"),
    [
        ("", {"auto": "train", "cpu": "train", "gpu": "gpu"}),
        ("train", {"auto": "train", "cpu": "train", "gpu": "gpu"}),
        ("gpu", {"auto": "gpu", "cpu": "gpu", "gpu": "gpu"}),
        ("train gpu", {"auto": "gpu", "cpu": "train", "gpu": "gpu"}),
    ],
)
@pytest.mark.parametrize("device", ["auto", "cpu", "gpu"])
def test_the_device_and_who_is_there_decide_the_queue(
    device: str, served: str, expected: dict[str, str]
) -> None:
    assert queue_for(queued(device), {*served.split(), "import"}) == expected[device]


@pytest.mark.parametrize(("began_on", "expected"), [("cpu", "train"), ("gpu", "gpu")])
@pytest.mark.parametrize("served", ["", "train", "train gpu"])
def test_a_job_that_has_begun_goes_on_where_it_began(
    began_on: str, served: str, expected: str
) -> None:
    assert queue_for(queued("auto", began_on), {*served.split()}) == expected


def test_a_job_of_a_time_before_devices_goes_wherever_it_can() -> None:
    record = Record(new_id("job"), State.QUEUED, {})
    assert (queue_for(record, {"train"}), queue_for(record, {"gpu"})) == ("train", "gpu")


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


def test_outside_of_a_worker_no_queue_is_served() -> None:
    assert served_queue() == ""
