"""Messages that others put straight into Redis must harm nothing."""

import pickle
from collections.abc import Iterator
from pathlib import Path

import pytest
import redis
from rq import Callback, SimpleWorker
from rq.job import Job
from rq.serializers import JSONSerializer

from service.valkey import Valkey
from worker.connection import connect
from worker.queue import Bell, OneTask, queue
from worker.record import new_id


@pytest.fixture
def raw(client: redis.Redis, valkey: Valkey) -> Iterator[redis.Redis]:
    """A client as RQ wants it, of the same empty server."""
    with connect(valkey.url, text=False) as connection:
        yield connection


def work_off(raw: redis.Redis) -> None:
    SimpleWorker(
        [queue("train", raw)], connection=raw, job_class=OneTask, serializer=JSONSerializer
    ).work(burst=True, logging_level="CRITICAL")


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
    work_off(raw)
    assert not canary.exists()


def test_a_pickled_message_is_not_opened(raw: redis.Redis, tmp_path: Path) -> None:
    job = Job.create("os.system", connection=raw, id="hostile", origin="train", timeout=60)
    job.data = pickle.dumps(Canary(tmp_path / "canary"))
    job.save()
    queue("train", raw).push_job_id("hostile")
    work_off(raw)
    assert list(tmp_path.iterdir()) == []


def test_callbacks_in_a_message_are_dropped(raw: redis.Redis) -> None:
    hostile = Job.create(
        "worker.tasks.perform",
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


def test_a_rung_id_waits_on_the_queue_of_its_kind(raw: redis.Redis) -> None:
    bell, job, dataset = Bell(raw), new_id("job"), new_id("ds")
    for record_id in (job, job, dataset):
        bell.ring(record_id)
    assert (bell.waiting("job"), bell.waiting("ds")) == ({job}, {dataset})


def test_queues_without_workers_are_not_attended(raw: redis.Redis) -> None:
    assert not Bell(raw).attended()
