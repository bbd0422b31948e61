"""Redis is wiped under a job: whoever had it is refused, and nothing is published twice."""

import os

import numpy as np
import pytest
import redis

from tests.worker.working import (
    ENDLESS,
    gets_on,
    meanwhile,
    outcome,
    publish_dataset,
    submitted,
)
from worker import tasks
from worker.errors import LeaseLost
from worker.filing import Filing
from worker.ledger import filled
from worker.record import State, new_id
from worker.records import Records


@pytest.fixture
def records(rooms: tasks.Rooms) -> Records:
    return rooms.records["job"]


@pytest.fixture
def filing(rooms: tasks.Rooms) -> Filing:
    return rooms.filing


def wiped(client: redis.Redis, filing: Filing) -> bool:
    client.flushall()
    filing.fill()
    return filled(client)


# A trainer of before the wipe


def test_a_trainer_of_before_the_wipe_is_refused_and_publishes_nothing(
    rooms: tasks.Rooms, records: Records, filing: Filing, client: redis.Redis
) -> None:
    publish_dataset(rooms.store)
    job = submitted(rooms, **ENDLESS)
    other = meanwhile(gets_on(records, job), lambda: wiped(client, filing))
    record = outcome(rooms, job)  # its trainer has gone on until it was refused
    other.join()
    assert (record.state, record.attempt) == (State.QUEUED, 1)
    assert rooms.store.model_names() == []
    records.stop(job)
    again = outcome(rooms, job)
    assert (again.state, again.attempt, again.version) == (State.SUCCEEDED, 2, 1)
    assert rooms.store.versions("cats") == [1]


def test_what_was_published_before_the_wipe_is_not_published_again(
    rooms: tasks.Rooms, records: Records, filing: Filing, client: redis.Redis
) -> None:
    job = submitted(rooms)
    with rooms.store.metrics_log(job, 1):
        mine = records.begin_publishing(records.claim(job, "w", 10), "cats", 0)
    about = {"job": job, "result": {"test": {"loss": 0.5}}}
    rooms.store.publish_model("cats", mine.version or 0, {"W1": np.ones(1)}, about, {})
    wiped(client, filing)
    with pytest.raises(LeaseLost):
        records.finish(mine, State.SUCCEEDED)
    record = outcome(rooms, job)
    assert (record.state, record.version, record.result) == ("succeeded", 1, about["result"])


def test_versions_go_on_from_what_the_store_has(
    rooms: tasks.Rooms, records: Records, filing: Filing, client: redis.Redis
) -> None:
    publish_dataset(rooms.store)
    for version in (1, 2):
        record = outcome(rooms, submitted(rooms))
        assert record.version == version
    wiped(client, filing)
    assert outcome(rooms, submitted(rooms)).version == 3


def test_an_attempt_of_before_the_wipe_that_had_written_nothing_is_refused_too(
    rooms: tasks.Rooms, records: Records, filing: Filing, client: redis.Redis
) -> None:
    job = submitted(rooms)
    early = records.claim(job, "early", 10)  # no metrics yet: the store knows of no attempt
    wiped(client, filing)
    late = records.claim(job, "late", 10)
    assert late.attempt == early.attempt == 1
    with pytest.raises(LeaseLost):
        records.begin_publishing(early, "cats", 0)
    assert records.begin_publishing(late, "cats", 0).version is not None


# What nobody was told of


def test_a_request_that_never_reached_redis_is_forgotten_in_time(
    rooms: tasks.Rooms, filing: Filing, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("worker.filing.MOST_AGE_S", -1)
    filing.fill()
    waiting, never = submitted(rooms), new_id("job")
    rooms.store.archive.keep_request(never, {"body": {}})
    filing.tidy()
    assert [job for job, _, _ in rooms.store.archive.all("job")] == [waiting]


def test_an_upload_that_never_reached_redis_is_forgotten_in_time(
    rooms: tasks.Rooms, filing: Filing, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("worker.filing.MOST_AGE_S", -1)
    filing.fill()
    never, waiting = new_id("ds"), new_id("ds")
    for dataset in (never, waiting):
        rooms.store.open_upload(dataset)
        rooms.store.archive.keep_request(dataset, {"body": {"name": "a"}})
    rooms.records["ds"].create(waiting, {"name": "a"})
    filing.tidy()
    assert not rooms.store.upload_dir(never).exists()
    assert rooms.store.upload_dir(waiting).exists()
    assert [dataset for dataset, _, _ in rooms.store.archive.all("ds")] == [waiting]


def test_an_upload_that_nobody_goes_on_sending_is_forgotten_in_time(
    rooms: tasks.Rooms, filing: Filing
) -> None:
    filing.fill()
    forsaken, coming, waiting = new_id("ds"), new_id("ds"), new_id("ds")
    for dataset in (forsaken, coming, waiting):
        folder = rooms.store.open_upload(dataset)
        (folder / "01-cats.zip").write_bytes(b"PK")
        os.utime(folder, (0, 0))
        if dataset is not coming:
            os.utime(folder / "01-cats.zip", (0, 0))
    rooms.records["ds"].create(waiting, {"name": "a"})
    filing.tidy()
    there = [rooms.store.upload_dir(one).exists() for one in (forsaken, coming, waiting)]
    assert there == [False, True, True]


def test_before_redis_is_filled_nothing_is_forgotten(
    rooms: tasks.Rooms,
    filing: Filing,
    client: redis.Redis,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("worker.filing.MOST_AGE_S", -1)
    jobs = [submitted(rooms) for _ in range(3)]
    client.flushall()  # between the filling and the tidying of one sweep
    filing.tidy()
    assert [job for job, _, _ in rooms.store.archive.all("job")] == jobs
