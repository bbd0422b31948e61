"""Requests with one key make one job, whenever and however often they come."""

import threading
from collections.abc import Callable

import pytest
import redis

from tests.worker.working import DATASET, at_once, listed, outcome
from worker.errors import DatasetNotReady, IdempotencyConflict, LimitExceeded
from worker.jobs.idempotency import Keys, digest
from worker.jobs.messages import queue
from worker.jobs.queue import JobQueue
from worker.jobs.record import Record, State, new_id
from worker.jobs.redis_connection import connect
from worker.operations.jobs import Jobs
from worker.spec import JobSpec
from worker.tasks.context import WorkerContext

SPEC = JobSpec(dataset=DATASET, model="cats", recipe=None, epochs=2)
OTHER = JobSpec(dataset=DATASET, model="cats", recipe=None, epochs=3)


def submitted_by(operations: Jobs, key: str, spec: JobSpec = SPEC) -> Callable[[], Record]:
    return lambda: operations.submit(spec, key)


@pytest.mark.parametrize("turn", range(10))
def test_of_eight_twins_at_once_comes_one_job(
    operations: Jobs, context: WorkerContext, raw: redis.Redis, turn: int
) -> None:
    results = at_once(*[submitted_by(operations, "a")] * 8)
    assert all(isinstance(result, Record) for result in results), results
    (job,) = {result.id for result in results}
    assert listed(operations) == [job]
    ((kept, request, _),) = context.store.archive.all("job")
    assert (kept, request["body"]) == (job, SPEC.model_dump(mode="json"))
    assert request["idempotency"]["key"] == digest("a")
    # A message may come more than once; a second attempt does not come of it.
    assert {m.rpartition("-")[0] for m in queue("train", raw).job_ids} == {job}


def test_twins_that_are_not_quite_get_one_job_and_a_conflict(operations: Jobs) -> None:
    results = at_once(submitted_by(operations, "a"), submitted_by(operations, "a", OTHER))
    kinds = sorted(type(result).__name__ for result in results)
    assert kinds == ["IdempotencyConflict", "Record"]
    assert len(listed(operations)) == 1


def test_without_a_key_every_request_is_its_own(operations: Jobs) -> None:
    ids = {operations.submit(SPEC).id for _ in range(3)} | {operations.submit(SPEC, "a").id}
    assert len(ids) == 4


def test_a_request_is_the_same_whether_its_defaults_are_written_down_or_not(
    operations: Jobs,
) -> None:
    explicit = JobSpec.model_validate({**SPEC.model_dump(mode="json"), "seed": 1})
    assert operations.submit(SPEC, "a").id == operations.submit(explicit, "a").id


def test_to_name_the_network_that_is_meant_elsewhere_is_another_request(operations: Jobs) -> None:
    unsaid = {"dataset": DATASET, "epochs": 2}
    operations.submit(JobSpec.model_validate(unsaid), "a")
    named = JobSpec.model_validate({**unsaid, "network": {"kind": "dense"}})
    with pytest.raises(IdempotencyConflict):
        operations.submit(named, "a")


def test_a_replay_gives_the_job_wherever_it_stands(
    operations: Jobs, context: WorkerContext
) -> None:
    first = operations.submit(SPEC, "a")
    done = outcome(context, first.id)
    assert done.state is State.SUCCEEDED
    assert operations.submit(SPEC, "a") == done
    assert context.records["job"].ids(State.QUEUED) == []


def test_a_replay_of_a_cancelled_job_does_not_begin_it_again(
    operations: Jobs, raw: redis.Redis
) -> None:
    operations.cancel(operations.submit(SPEC, "a").id)
    raw.delete("rq:queue:train")
    assert operations.submit(SPEC, "a").state is State.CANCELLED
    assert JobQueue(raw).waiting("job") == set()


def test_a_replay_is_answered_although_the_request_would_be_refused_now(
    operations: Jobs, context: WorkerContext, client: redis.Redis
) -> None:
    first = operations.submit(SPEC, "a")
    client.hset(f"purr:ds:{DATASET}", "state", "failed")
    assert operations.submit(SPEC, "a").id == first.id
    with pytest.raises(DatasetNotReady):
        operations.submit(SPEC, "b")


def test_who_came_first_and_did_not_come_far_is_helped_by_the_next(
    operations: Jobs, context: WorkerContext, keys: Keys
) -> None:
    body = SPEC.model_dump(mode="json")
    first, about = keys.reserve("a", body, new_id("job"))  # and its process dies here
    assert operations.submit(SPEC, "a").id == first
    second, about = keys.reserve("b", body, new_id("job"))
    context.store.archive.keep_request(second, {"body": body, "idempotency": about})  # or here
    assert operations.submit(SPEC, "b").id == second
    assert listed(operations) == [second, first]


def test_a_request_that_was_refused_can_be_sent_again_with_its_key(
    operations: Jobs, client: redis.Redis
) -> None:
    client.hset(f"purr:ds:{DATASET}", "state", "running")
    with pytest.raises(DatasetNotReady):
        operations.submit(SPEC, "a")
    assert listed(operations) == []
    client.hset(f"purr:ds:{DATASET}", "state", "succeeded")
    assert operations.submit(SPEC, "a").id == listed(operations)[0]


def test_a_request_that_was_refused_may_come_again_put_right_with_its_key(
    operations: Jobs, client: redis.Redis
) -> None:
    wide = {"hidden_units": [65536, 65536]}
    too_large = JobSpec.model_validate({**SPEC.model_dump(), "network": wide})
    with pytest.raises(LimitExceeded):
        operations.submit(too_large, "a")
    job = operations.submit(SPEC, "a")
    with pytest.raises(IdempotencyConflict):
        operations.submit(too_large, "a")
    assert listed(operations) == [job.id]


def test_a_twin_that_is_refused_leaves_the_key_to_who_came_first(
    operations: Jobs, keys: Keys, client: redis.Redis
) -> None:
    first, _ = keys.reserve("a", SPEC.model_dump(mode="json"), new_id("job"))
    client.hset(f"purr:ds:{DATASET}", "state", "running")
    with pytest.raises(DatasetNotReady):
        operations.submit(SPEC, "a")
    assert keys.reserve("a", SPEC.model_dump(mode="json"), new_id("job"))[0] == first


def test_a_key_stays_with_a_job_that_was_accepted(operations: Jobs, keys: Keys) -> None:
    job = operations.submit(SPEC, "a")
    _, about = keys.reserve("a", SPEC.model_dump(mode="json"), new_id("job"))
    keys.release(about, job.id)
    assert operations.submit(SPEC, "a").id == job.id


def test_a_job_that_was_accepted_is_accepted_though_it_cannot_be_enqueued(
    context: WorkerContext, operations: Jobs, keys: Keys
) -> None:
    deaf = JobQueue(connect("unix:///nowhere.sock", text=False))
    api = Jobs(context.records, keys, deaf, context.store, context.archiver, context.settings)
    job = api.submit(SPEC)
    assert context.records["job"].get(job.id) == job
    assert context.store.archive.knows(job.id)


def test_twins_at_once_do_not_meet_in_the_store(operations: Jobs, context: WorkerContext) -> None:
    broken: list[object] = []
    ended = threading.Event()

    def read() -> None:
        while not ended.is_set():
            for _, request, _ in context.store.archive.all("job"):
                broken.extend([] if request["body"]["epochs"] == 2 else [request])

    reader = threading.Thread(target=read)
    reader.start()
    at_once(*[submitted_by(operations, "a")] * 8)
    ended.set()
    reader.join()
    assert broken == []
    assert not list(context.settings.data_dir.glob("jobs/*/*.part"))
