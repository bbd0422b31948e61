"""A task in this process: every way in which an attempt can end."""

import shutil
import signal
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
import redis
from rq import SimpleWorker
from rq.serializers import JSONSerializer

from service.valkey import Valkey
from worker import tasks
from worker.attempt import Attempt
from worker.connection import connect
from worker.errors import Cancelled
from worker.queue import TASK, OneTask, queue
from worker.record import Record, State, new_id
from worker.settings import Settings

ABOUT = {"result": {"test": {"accuracy": 0.5}}}


@pytest.fixture
def rooms(
    client: redis.Redis, valkey: Valkey, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[tasks.Rooms]:
    """An empty Redis and store, which a task finds by its settings."""
    monkeypatch.setenv("PURR_REDIS_URL", valkey.url)
    monkeypatch.setenv("PURR_DATA_DIR", str(tmp_path))
    monkeypatch.setenv("PURR_MIN_FREE_BYTES", "0")
    handler = signal.getsignal(signal.SIGTERM)
    yield tasks.Rooms(Settings())
    signal.signal(signal.SIGTERM, handler)


def uploaded(rooms: tasks.Rooms, drawings: list[Path]) -> str:
    dataset = new_id("ds")
    folder = rooms.store.open_upload(dataset)
    for path in drawings:
        shutil.copy(path, folder)
    rooms.records["ds"].create(dataset, {"name": "drawings"})
    return dataset


def submitted(rooms: tasks.Rooms, dataset: str) -> str:
    body = {"dataset": dataset, "model": "cats", "epochs": 2}
    return rooms.records["job"].create(new_id("job"), body).id


def outcome(rooms: tasks.Rooms, record_id: str) -> Record:
    tasks.perform(record_id)
    return rooms.records[record_id.partition("_")[0]].get(record_id)


def test_an_upload_becomes_a_dataset_and_a_job_a_model(
    rooms: tasks.Rooms, drawings: list[Path]
) -> None:
    dataset = uploaded(rooms, drawings)
    assert outcome(rooms, dataset).state is State.SUCCEEDED
    assert not rooms.store.upload_dir(dataset).exists()
    job = outcome(rooms, submitted(rooms, dataset))
    assert (job.state, job.version) == (State.SUCCEEDED, 1)
    assert rooms.store.versions("cats") == [1]


def test_what_was_imported_but_not_said_is_said_by_the_next_attempt(
    rooms: tasks.Rooms, drawings: list[Path]
) -> None:
    dataset = uploaded(rooms, drawings)
    records = rooms.records["ds"]
    first = records.claim(dataset, "w", 10)
    manifest = tasks.import_dataset(rooms, Attempt(records, first, 10))
    records.lose(first, 3, "signal 9")
    again = outcome(rooms, dataset)
    assert (again.state, again.result) == (State.SUCCEEDED, manifest)


def test_what_was_published_but_not_said_is_said_by_the_next_attempt(rooms: tasks.Rooms) -> None:
    job = submitted(rooms, "ds_" + "0" * 32)  # of a dataset that is gone: nothing is trained
    records = rooms.records["job"]
    first = records.begin_publishing(records.claim(job, "w", 10), "cats", 0)
    rooms.store.publish_model("cats", 1, {"W1": np.ones(1)}, ABOUT)
    records.lose(first, 3, "signal 9")
    again = outcome(rooms, job)
    assert (again.state, again.version, again.result) == (State.SUCCEEDED, 1, ABOUT["result"])


def test_a_dataset_that_is_gone_fails_the_job_and_says_so(rooms: tasks.Rooms) -> None:
    job = outcome(rooms, submitted(rooms, "ds_" + "0" * 32))
    assert job.state is State.FAILED
    assert job.problem is not None
    assert job.problem["code"] == "dataset_not_found"


def test_a_file_that_is_none_rejects_the_dataset_and_leaves_nothing(
    rooms: tasks.Rooms, tmp_path: Path
) -> None:
    (tmp_path / "cat.h5").write_text("meow")
    dataset = outcome(rooms, uploaded(rooms, [tmp_path / "cat.h5"]))
    assert dataset.state is State.FAILED
    assert not rooms.store.upload_dir(dataset.id).exists()


def test_a_cancelled_job_is_not_trained(rooms: tasks.Rooms) -> None:
    job = submitted(rooms, "ds_" + "0" * 32)
    rooms.records["job"].cancel(job)
    assert outcome(rooms, job).attempt == 0


def test_a_message_without_a_record_is_dropped(rooms: tasks.Rooms) -> None:
    tasks.perform(new_id("job"))
    tasks.perform(new_id("ds"))


def test_a_cancel_that_comes_before_the_first_step_leaves_no_model(
    rooms: tasks.Rooms, drawings: list[Path]
) -> None:
    dataset = uploaded(rooms, drawings)
    tasks.perform(dataset)
    records = rooms.records["job"]
    mine = records.claim(submitted(rooms, dataset), "w", 10)
    records.cancel(mine.id)
    with pytest.raises(Cancelled):
        tasks.run_job(rooms, Attempt(records, mine, 10))
    assert rooms.store.model_names() == []


def begun_on_a_gpu(rooms: tasks.Rooms) -> str:
    """A job that is queued again after an attempt on a graphics processor."""
    records = rooms.records["job"]
    mine = records.claim(submitted(rooms, "ds_" + "0" * 32), "w", 10)
    mine = records.renew(mine, 10, {"device": {"kind": "gpu", "name": "NVIDIA H200"}})
    return records.give_back(mine, "preempted").id


@pytest.mark.parametrize(
    ("name", "state", "attempt"), [("train", State.QUEUED, 1), ("gpu", State.FAILED, 2)]
)
def test_what_began_on_a_graphics_processor_is_taken_up_from_its_queue_alone(
    rooms: tasks.Rooms, valkey: Valkey, name: str, state: State, attempt: int
) -> None:
    job = begun_on_a_gpu(rooms)  # of a dataset that is gone
    with connect(valkey.url, text=False) as raw:
        queue(name, raw).enqueue_call(TASK, args=(job,), timeout=-1)
        work_off(name, raw)
    record = rooms.records["job"].get(job)
    assert (record.state, record.attempt) == (state, attempt)


def work_off(name: str, raw: redis.Redis) -> None:
    SimpleWorker(
        [queue(name, raw)], connection=raw, job_class=OneTask, serializer=JSONSerializer
    ).work(burst=True, logging_level="CRITICAL")


def test_an_end_without_memory_or_without_a_name_has_a_sentence() -> None:
    assert tasks.problem_of(MemoryError())["code"] == "out_of_memory"
    assert tasks.problem_of(ZeroDivisionError())["code"] == "internal_error"


def test_without_an_address_of_redis_nothing_starts() -> None:
    with pytest.raises(ValueError, match="PURR_REDIS_URL"):
        tasks.Rooms(Settings(redis_url=None))
