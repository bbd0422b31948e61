"""A task in this process: every way in which an attempt can end."""

import json
import os
from pathlib import Path
from signal import SIGTERM

import numpy as np
import pytest
import redis

from tests.worker.working import (
    ENDLESS,
    LONG,
    gets_on,
    meanwhile,
    outcome,
    publish_dataset,
    queued_again,
    submitted,
    work_off,
)
from worker.errors import Cancelled
from worker.jobs.attempt import Attempt
from worker.jobs.messages import TASK, queue
from worker.jobs.queue import JobQueue
from worker.jobs.record import State, new_id
from worker.settings import Settings
from worker.tasks.context import WorkerContext
from worker.tasks.dataset import import_dataset
from worker.tasks.entry import perform
from worker.tasks.job import run_job
from worker.tasks.problem import problem_of

GONE = "ds_" + "0" * 32  # a dataset that nobody has
ABOUT = {"result": {"test": {"accuracy": 0.5}}, "classes": ["a", "b"], "dataset": {"id": GONE}}


def uploaded(context: WorkerContext, drawings: list[Path]) -> str:
    dataset = new_id("ds")
    with context.store.uploads.open(dataset) as upload:
        for path in drawings:
            upload.begin(path.name)
            upload.write(path.read_bytes())
    context.records["ds"].create(dataset, {"name": "drawings"})
    return dataset


def uploads(context: WorkerContext) -> list[Path]:
    """What is there of uploads that were not imported."""
    return [*(context.settings.data_dir / "uploads").iterdir()]


def test_an_upload_becomes_a_dataset_and_a_job_a_model(
    context: WorkerContext, drawings: list[Path]
) -> None:
    dataset = uploaded(context, drawings)
    assert outcome(context, dataset).state is State.SUCCEEDED
    assert uploads(context) == []
    job = outcome(context, submitted(context, dataset=dataset))
    assert (job.state, job.version) == (State.SUCCEEDED, 1)
    assert context.store.models.versions("cats") == [1]


def test_a_job_that_was_accepted_with_fields_that_do_nothing_is_trained(
    context: WorkerContext,
) -> None:
    network = {"hidden_units": [], "dropout": 0.5, "initializer": "he", "initializer_scale": 3.0}
    publish_dataset(context.store)
    job = submitted(context, network=network)
    assert outcome(context, job).state is State.SUCCEEDED
    network |= {"dropout": 0.0, "initializer_scale": 1.0}
    assert context.store.models.manifest("cats", 1)["spec"]["network"].items() >= network.items()


def test_what_was_imported_but_not_said_is_said_by_the_next_attempt(
    context: WorkerContext, drawings: list[Path]
) -> None:
    dataset = uploaded(context, drawings)
    records = context.records["ds"]
    first = records.claim(dataset, "w", 10)
    manifest = import_dataset(context, Attempt(records, first, 10))
    records.record_loss(first, 3, "signal 9")
    again = outcome(context, dataset)
    assert (again.state, again.result) == (State.SUCCEEDED, manifest)


def test_what_was_published_but_not_said_is_said_by_the_next_attempt(
    context: WorkerContext,
) -> None:
    job = submitted(context, dataset=GONE)  # of a dataset that is gone: nothing is trained
    records = context.records["job"]
    first = records.begin_publishing(records.claim(job, "w", 10), "cats", 0)
    context.store.models.publish("cats", 1, {"W1": np.ones(1)}, {**ABOUT, "job": job}, {})
    records.record_loss(first, 3, "signal 9")
    again = outcome(context, job)
    assert (again.state, again.version, again.result) == (State.SUCCEEDED, 1, ABOUT["result"])


def test_a_dataset_that_is_gone_fails_the_job_and_says_so(context: WorkerContext) -> None:
    job = outcome(context, submitted(context, dataset=GONE))
    assert job.state is State.FAILED
    assert job.problem is not None
    assert job.problem["code"] == "dataset_not_found"


def test_a_file_that_is_none_rejects_the_dataset_and_leaves_nothing(
    context: WorkerContext, tmp_path: Path
) -> None:
    (tmp_path / "cat.h5").write_text("meow")
    dataset = outcome(context, uploaded(context, [tmp_path / "cat.h5"]))
    assert dataset.state is State.FAILED
    assert uploads(context) == []


def test_a_cancelled_job_is_not_trained(context: WorkerContext) -> None:
    job = submitted(context, dataset=GONE)
    context.records["job"].cancel(job)
    assert outcome(context, job).attempt == 0


def test_a_message_without_a_record_is_dropped(context: WorkerContext) -> None:
    perform(new_id("job"))
    perform(new_id("ds"))


def test_a_cancel_that_comes_before_the_first_step_leaves_no_model(
    context: WorkerContext, drawings: list[Path]
) -> None:
    dataset = uploaded(context, drawings)
    perform(dataset)
    records = context.records["job"]
    mine = records.claim(submitted(context, dataset=dataset), "w", 10)
    records.cancel(mine.id)
    with pytest.raises(Cancelled):
        run_job(context, Attempt(records, mine, 10))
    assert context.store.models.names() == []


def begun_on_a_gpu(context: WorkerContext) -> str:
    """A job that is queued again after an attempt on a graphics processor."""
    records = context.records["job"]
    mine = records.claim(submitted(context, dataset=GONE), "w", 10)
    mine = records.renew(mine, 10, {"device": {"kind": "gpu", "name": "NVIDIA H200"}})
    return records.give_back(mine, "preempted").id


@pytest.mark.parametrize(
    ("name", "state", "attempt"), [("train", State.QUEUED, 1), ("gpu", State.FAILED, 2)]
)
def test_what_began_on_a_graphics_processor_is_taken_up_from_its_queue_alone(
    context: WorkerContext, raw: redis.Redis, name: str, state: State, attempt: int
) -> None:
    job = begun_on_a_gpu(context)  # of a dataset that is gone
    queue(name, raw).enqueue_call(TASK, job_id=f"{job}-00000000", timeout=-1)
    work_off(name, raw)
    record = context.records["job"].get(job)
    assert (record.state, record.attempt) == (state, attempt)


def test_an_end_is_in_the_store_when_the_attempt_is_over(context: WorkerContext) -> None:
    publish_dataset(context.store)
    job = outcome(context, submitted(context))
    ((kept, request, fields),) = context.store.archive.all("job")
    assert (kept, request["body"], fields["state"]) == (job.id, job.body, "succeeded")
    assert json.loads(fields["result"]) == job.result
    events = context.store.archive.events(job.id) or []
    assert [e["data"]["state"] for e in events if e["event"] == "state"] == [
        "queued", "running", "succeeded"
    ]  # fmt: skip


def test_a_request_that_the_store_has_not_is_kept_by_the_worker(
    context: WorkerContext,
) -> None:
    job = submitted(context, dataset=GONE)
    context.store.archive.withdraw(job)
    body = outcome(context, job).body
    assert [request for _, request, _ in context.store.archive.all("job")] == [{"body": body}]


def test_what_another_attempt_publishes_meanwhile_is_not_published_again(
    context: WorkerContext,
) -> None:
    publish_dataset(context.store)
    records, job = context.records["job"], submitted(context, **LONG)
    queued_again(records, job)

    def publish() -> bool:
        about = {**ABOUT, "job": job}
        context.store.models.publish("cats", 1, {"W1": np.ones(1, np.float32)}, about, {})
        return True

    other = meanwhile(gets_on(records, job), publish)
    record = outcome(context, job)
    other.join()
    assert (record.state, record.version, record.result) == ("succeeded", 1, ABOUT["result"])
    assert context.store.models.versions("cats") == [1]


def test_who_is_told_to_end_gives_the_job_back_and_rings_for_it(
    context: WorkerContext, raw: redis.Redis
) -> None:
    publish_dataset(context.store)
    records, job = context.records["job"], submitted(context, **ENDLESS)

    def tell() -> bool:
        os.kill(os.getpid(), SIGTERM)
        return True

    told = meanwhile(gets_on(records, job), tell)
    record = outcome(context, job)
    told.join()
    assert (record.state, record.attempt, record.losses) == (State.QUEUED, 1, 0)
    assert JobQueue(raw).waiting("job") == {job}
    assert context.store.jobs.newest_checkpoint(job) is not None


def test_who_has_lost_the_lease_ends_quietly_and_leaves_nothing(
    context: WorkerContext,
) -> None:
    publish_dataset(context.store)
    records, job = context.records["job"], submitted(context, **ENDLESS)
    other = meanwhile(
        gets_on(records, job), lambda: records.record_loss(records.get(job), 3, "looked dead")
    )
    record = outcome(context, job)
    other.join()
    assert (record.state, record.losses, context.store.models.names()) == (State.QUEUED, 1, [])


def test_an_end_without_memory_or_without_a_name_has_a_sentence() -> None:
    assert problem_of(MemoryError())["code"] == "out_of_memory"
    assert problem_of(ZeroDivisionError())["code"] == "internal_error"


def test_without_an_address_of_redis_nothing_starts() -> None:
    with pytest.raises(ValueError, match="PURR_REDIS_URL"):
        WorkerContext(Settings(redis_url=None))
