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
from worker.jobs.archiver import Archiver
from worker.jobs.record import State, new_id
from worker.jobs.redis_records import filled
from worker.jobs.transitions import Transitions


@pytest.fixture
def records(context: tasks.WorkerContext) -> Transitions:
    return context.records["job"]


@pytest.fixture
def archiver(context: tasks.WorkerContext) -> Archiver:
    return context.archiver


def wiped(client: redis.Redis, archiver: Archiver) -> bool:
    client.flushall()
    archiver.fill()
    return filled(client)


# A trainer of before the wipe


def test_a_trainer_of_before_the_wipe_is_refused_and_publishes_nothing(
    context: tasks.WorkerContext, records: Transitions, archiver: Archiver, client: redis.Redis
) -> None:
    publish_dataset(context.store)
    job = submitted(context, **ENDLESS)
    other = meanwhile(gets_on(records, job), lambda: wiped(client, archiver))
    record = outcome(context, job)  # its trainer has gone on until it was refused
    other.join()
    assert (record.state, record.attempt) == (State.QUEUED, 1)
    assert context.store.models.names() == []
    records.stop(job)
    again = outcome(context, job)
    assert (again.state, again.attempt, again.version) == (State.SUCCEEDED, 2, 1)
    assert context.store.models.versions("cats") == [1]


def test_what_was_published_before_the_wipe_is_not_published_again(
    context: tasks.WorkerContext, records: Transitions, archiver: Archiver, client: redis.Redis
) -> None:
    job = submitted(context)
    with context.store.jobs.metrics_log(job, 1):
        mine = records.begin_publishing(records.claim(job, "w", 10), "cats", 0)
    about = {"job": job, "result": {"test": {"loss": 0.5}}}
    context.store.models.publish("cats", mine.version or 0, {"W1": np.ones(1)}, about, {})
    wiped(client, archiver)
    with pytest.raises(LeaseLost):
        records.finish(mine, State.SUCCEEDED)
    record = outcome(context, job)
    assert (record.state, record.version, record.result) == ("succeeded", 1, about["result"])


def test_versions_go_on_from_what_the_store_has(
    context: tasks.WorkerContext, records: Transitions, archiver: Archiver, client: redis.Redis
) -> None:
    publish_dataset(context.store)
    for version in (1, 2):
        record = outcome(context, submitted(context))
        assert record.version == version
    wiped(client, archiver)
    assert outcome(context, submitted(context)).version == 3


def test_an_attempt_of_before_the_wipe_that_had_written_nothing_is_refused_too(
    context: tasks.WorkerContext, records: Transitions, archiver: Archiver, client: redis.Redis
) -> None:
    job = submitted(context)
    early = records.claim(job, "early", 10)  # no metrics yet: the store knows of no attempt
    wiped(client, archiver)
    late = records.claim(job, "late", 10)
    assert late.attempt == early.attempt == 1
    with pytest.raises(LeaseLost):
        records.begin_publishing(early, "cats", 0)
    assert records.begin_publishing(late, "cats", 0).version is not None


# What nobody was told of


def test_a_request_that_never_reached_redis_is_forgotten_in_time(
    context: tasks.WorkerContext, archiver: Archiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("worker.jobs.archiver.MOST_AGE_S", -1)
    archiver.fill()
    waiting, never = submitted(context), new_id("job")
    context.store.archive.keep_request(never, {"body": {}})
    archiver.tidy()
    assert [job for job, _, _ in context.store.archive.all("job")] == [waiting]


def test_an_upload_that_never_reached_redis_is_forgotten_in_time(
    context: tasks.WorkerContext, archiver: Archiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("worker.jobs.archiver.MOST_AGE_S", -1)
    archiver.fill()
    never, waiting = new_id("ds"), new_id("ds")
    for dataset in (never, waiting):
        context.store.uploads.open(dataset)
        context.store.archive.keep_request(dataset, {"body": {"name": "a"}})
    context.records["ds"].create(waiting, {"name": "a"})
    archiver.tidy()
    uploads = context.settings.data_dir / "uploads"
    assert [path.name for path in uploads.iterdir()] == [waiting]
    assert [dataset for dataset, _, _ in context.store.archive.all("ds")] == [waiting]


def test_an_upload_that_nobody_goes_on_sending_is_forgotten_in_time(
    context: tasks.WorkerContext, archiver: Archiver
) -> None:
    archiver.fill()
    uploads = context.settings.data_dir / "uploads"
    forsaken, coming, waiting = new_id("ds"), new_id("ds"), new_id("ds")
    for dataset in (forsaken, coming, waiting):
        with context.store.uploads.open(dataset) as upload:
            upload.begin("cats.zip")
            upload.write(b"PK")
        os.utime(uploads / dataset, (0, 0))
        if dataset is not coming:
            os.utime(uploads / dataset / "01-cats.zip", (0, 0))
    context.records["ds"].create(waiting, {"name": "a"})
    archiver.tidy()
    assert {path.name for path in uploads.iterdir()} == {coming, waiting}


def test_before_redis_is_filled_nothing_is_forgotten(
    context: tasks.WorkerContext,
    archiver: Archiver,
    client: redis.Redis,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("worker.jobs.archiver.MOST_AGE_S", -1)
    jobs = [submitted(context) for _ in range(3)]
    client.flushall()  # between the filling and the tidying of one sweep
    archiver.tidy()
    assert [job for job, _, _ in context.store.archive.all("job")] == jobs
