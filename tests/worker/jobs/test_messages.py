"""Messages that others put straight into Redis must harm nothing."""

import pickle
from pathlib import Path
from typing import Any

import pytest
import redis
from rq import Callback
from rq.job import Job
from rq.serializers import JSONSerializer

from tests.worker.working import queued, work_off
from worker.jobs.messages import ASIDE, TASK, OneTask, queue, served_queue
from worker.jobs.queue import JobQueue
from worker.jobs.record import new_id


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


def test_outside_of_a_worker_no_queue_is_served() -> None:
    assert served_queue() == ""
