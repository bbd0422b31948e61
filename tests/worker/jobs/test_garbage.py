"""What was never accepted is removed from the store in time, and nothing else."""

import os

import numpy as np
import pytest
import redis

from tests.worker.working import submitted
from worker.jobs.garbage import Garbage
from worker.jobs.record import State, new_id
from worker.jobs.recovery import Recovery
from worker.jsontypes import Json
from worker.tasks.context import WorkerContext


def test_a_request_that_never_reached_redis_is_forgotten_in_time(
    context: WorkerContext,
    recovery: Recovery,
    garbage: Garbage,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("worker.jobs.garbage.UNANSWERED_S", -1)
    recovery.fill()
    waiting, never, lent = submitted(context), new_id("job"), new_id("job")
    for job in (never, lent):
        context.store.archive.keep_request(job, {"body": {}})
    (context.settings.data_dir / "jobs" / lent / "checkpoints").mkdir()  # of another job
    garbage.collect()
    assert [job for job, _, _ in context.store.archive.all("job")] == [waiting]


def test_an_upload_that_never_reached_redis_is_forgotten_in_time(
    context: WorkerContext,
    recovery: Recovery,
    garbage: Garbage,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("worker.jobs.garbage.UNANSWERED_S", -1)
    monkeypatch.setattr("worker.jobs.garbage.LEFTOVER_S", -1)
    recovery.fill()
    never, waiting = new_id("ds"), new_id("ds")
    for dataset in (never, waiting):
        context.store.uploads.open(dataset)
        context.store.archive.keep_request(dataset, {"body": {"name": "a"}})
    context.records["ds"].create(waiting, {"name": "a"})
    garbage.collect()
    uploads = context.settings.data_dir / "uploads"
    assert [path.name for path in uploads.iterdir()] == [waiting]
    assert [dataset for dataset, _, _ in context.store.archive.all("ds")] == [waiting]


def test_an_upload_whose_request_is_forgotten_may_still_be_accepted(
    context: WorkerContext,
    recovery: Recovery,
    garbage: Garbage,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("worker.jobs.garbage.UNANSWERED_S", -1)
    recovery.fill()
    upload = context.store.uploads.begin(dataset := new_id("ds"), "a.h5", {"length": 9})
    context.store.archive.keep_request(dataset, {"body": {"name": "a"}})
    garbage.collect()
    assert not context.store.archive.knows(dataset)
    assert upload.offset == 0


def test_an_upload_whose_import_is_over_is_removed_in_time(
    context: WorkerContext,
    recovery: Recovery,
    garbage: Garbage,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("worker.jobs.garbage.LEFTOVER_S", -1)
    recovery.fill()
    over, waiting = new_id("ds"), new_id("ds")
    for dataset in (over, waiting):
        context.store.uploads.open(dataset)
        context.records["ds"].create(dataset, {"name": "a"})
    context.records["ds"].cancel(over)
    garbage.collect()
    assert [path.name for path in (context.settings.data_dir / "uploads").iterdir()] == [waiting]


def test_an_upload_that_nobody_goes_on_sending_is_forgotten_in_time(
    context: WorkerContext, recovery: Recovery, garbage: Garbage
) -> None:
    uploads = context.settings.data_dir / "uploads"
    recovery.fill()
    forsaken, coming, waiting = new_id("ds"), new_id("ds"), new_id("ds")
    for dataset in (forsaken, coming, waiting):
        with context.store.uploads.open(dataset) as upload:
            upload.begin("cats.zip")
            upload.write(b"PK")
        os.utime(uploads / dataset, (0, 0))
        if dataset is not coming:
            os.utime(uploads / dataset / "01-cats.zip", (0, 0))
    context.records["ds"].create(waiting, {"name": "a"})
    garbage.collect()
    assert {path.name for path in uploads.iterdir()} == {coming, waiting}


def test_before_redis_is_filled_nothing_is_forgotten(
    context: WorkerContext,
    garbage: Garbage,
    client: redis.Redis,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("worker.jobs.garbage.UNANSWERED_S", -1)
    jobs = [submitted(context) for _ in range(3)]
    client.flushall()  # between the filling and the tidying of one sweep
    garbage.collect()
    assert [job for job, _, _ in context.store.archive.all("job")] == jobs


def test_what_a_late_attempt_left_stays_while_redis_has_forgotten_its_job(
    context: WorkerContext, garbage: Garbage, client: redis.Redis
) -> None:
    late = context.records["job"].claim(submitted(context), "w", 10)
    context.store.jobs.keep_checkpoint(late.id, "1", {}, {"epoch": 1})
    client.flushall()
    garbage.drop_late(late)
    assert context.store.jobs.newest_checkpoint(late.id) is not None


@pytest.mark.parametrize(("other", "left"), [({"model": "cats", "version": 1}, [1]), (None, [])])
def test_the_model_of_a_job_that_was_given_up_stays_for_a_job_that_starts_from_it(
    context: WorkerContext, garbage: Garbage, other: Json | None, left: list[int]
) -> None:
    records = context.records["job"]
    late = records.claim(submitted(context), "w", 10)
    context.store.models.publish("cats", 1, {"W1": np.ones(1)}, {"job": late.id}, {})
    records.finish(late, State.FAILED, {"problem": {"code": "worker_lost", "detail": "Gone."}})
    submitted(context, start_from=other)
    garbage.drop_late(late)
    assert context.store.models.versions("cats") == left
