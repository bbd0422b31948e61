"""Two requests with one key are one, whenever and however often they come."""

import json
import threading
import time
from collections.abc import Callable
from typing import Any

import pytest
import redis

from tests.worker.working import DATASET, at_once, outcome, publish_dataset
from worker import tasks
from worker.errors import (
    DatasetNotReady,
    IdempotencyConflict,
    LimitExceeded,
    QueueUnavailable,
)
from worker.jobs.idempotency import KEPT_S, Keys, digest, place
from worker.jobs.queue import JobQueue, queue
from worker.jobs.record import Record, State, new_id
from worker.jobs.redis_connection import connect
from worker.jobs.redis_records import FILLED, filling
from worker.operations.jobs import Jobs
from worker.spec import JobSpec

SPEC = JobSpec(dataset=DATASET, model="cats", epochs=2)
OTHER = JobSpec(dataset=DATASET, model="cats", epochs=3)


@pytest.fixture
def keys(client: redis.Redis) -> Keys:
    with filling(client):
        pass
    return Keys(client)


@pytest.fixture
def jobs(context: tasks.WorkerContext, keys: Keys, raw: redis.Redis) -> Jobs:
    """What the API calls, with a dataset that is ready."""
    publish_dataset(context.store)
    datasets = context.records["ds"]
    context.store.archive.keep_request(DATASET, {"body": {"name": "pictures"}})
    mine = datasets.claim(datasets.create(DATASET, {"name": "pictures"}).id, "w", 10)
    splits = {"train": {"rows": 60, "per_class": [30, 30]}}
    manifest = {**context.store.datasets.manifest(DATASET), "splits": splits}
    datasets.finish(mine, State.SUCCEEDED, {"result": manifest})
    records, job_queue = context.records["job"], JobQueue(raw)
    return Jobs(
        records, datasets, keys, job_queue, context.store, context.archiver, context.settings
    )


# Keys


def test_the_first_request_gets_its_own_id_and_the_next_ones_the_same(keys: Keys) -> None:
    first, second = new_id("job"), new_id("job")
    assert keys.reserve("a", {"epochs": 1}, first)[0] == first
    assert keys.reserve("a", {"epochs": 1}, second)[0] == first
    assert keys.reserve("b", {"epochs": 1}, second)[0] == second


def test_the_order_of_the_fields_is_no_difference(keys: Keys) -> None:
    first = new_id("job")
    keys.reserve("a", {"x": 1, "y": 2}, first)
    assert keys.reserve("a", {"y": 2, "x": 1}, new_id("job"))[0] == first


def test_a_key_with_another_request_is_a_conflict_that_names_the_first(keys: Keys) -> None:
    first = new_id("job")
    keys.reserve("a", {"epochs": 1}, first)
    with pytest.raises(IdempotencyConflict, match=first):
        keys.reserve("a", {"epochs": 2}, new_id("job"))


def test_a_key_is_kept_for_a_day_and_never_as_it_is(keys: Keys, client: redis.Redis) -> None:
    _, about = keys.reserve("secret-of-the-caller", {}, new_id("job"))
    held = place(digest("secret-of-the-caller"))
    assert KEPT_S - 10 < client.ttl(held) <= KEPT_S
    assert "secret" not in json.dumps(about) + "".join(client.scan_iter())


def test_of_many_twins_one_is_the_first(keys: Keys) -> None:
    ids = [new_id("job") for _ in range(16)]
    found = at_once(*(lambda own=own: keys.reserve("a", {}, own)[0] for own in ids))
    assert len(set(found)) == 1
    assert found[0] in ids


def test_a_redis_that_has_forgotten_its_keys_gives_none_out(
    keys: Keys, client: redis.Redis
) -> None:
    client.flushall()
    with pytest.raises(QueueUnavailable, match="try again"):
        keys.reserve("a", {}, new_id("job"))


def test_a_redis_that_was_started_again_gives_none_out_before_somebody_has_looked(
    keys: Keys, client: redis.Redis
) -> None:
    client.set(FILLED, "the start before")
    with pytest.raises(QueueUnavailable, match="try again"):
        keys.reserve("a", {}, new_id("job"))


@pytest.mark.parametrize(("age_s", "left"), [(0, KEPT_S), (3600, KEPT_S - 3600), (KEPT_S + 1, -2)])
def test_a_key_that_comes_back_is_as_old_as_it_was(
    keys: Keys, client: redis.Redis, age_s: int, left: int
) -> None:
    _, about = keys.reserve("a", {}, new_id("job"))
    client.delete(place(about["key"]))
    keys.restore(new_id("job"), about, age_s)
    assert left - 2 <= client.ttl(place(about["key"])) <= left


def test_a_key_that_was_given_out_meanwhile_is_not_taken_back(keys: Keys) -> None:
    early, late = new_id("job"), new_id("job")
    _, about = keys.reserve("a", {}, late)
    keys.restore(early, about, 10)
    assert keys.reserve("a", {}, new_id("job"))[0] == late


# Jobs


def submitted_by(jobs: Jobs, key: str, spec: JobSpec = SPEC) -> Callable[[], Record]:
    return lambda: jobs.submit(spec, key)


def listed(jobs: Jobs) -> list[str]:
    return [record.id for record in jobs.page(None, 100, None)]


@pytest.mark.parametrize("turn", range(10))
def test_of_eight_twins_at_once_comes_one_job(
    jobs: Jobs, context: tasks.WorkerContext, raw: redis.Redis, turn: int
) -> None:
    results = at_once(*[submitted_by(jobs, "a")] * 8)
    assert all(isinstance(result, Record) for result in results), results
    (job,) = {result.id for result in results}
    assert listed(jobs) == [job]
    ((kept, request, _),) = context.store.archive.all("job")
    assert (kept, request["body"]) == (job, SPEC.model_dump(mode="json"))
    assert request["idempotency"]["key"] == digest("a")
    # A message may come more than once; a second attempt does not come of it.
    assert {m.rpartition("-")[0] for m in queue("train", raw).job_ids} == {job}


def test_twins_that_are_not_quite_get_one_job_and_a_conflict(jobs: Jobs) -> None:
    results = at_once(submitted_by(jobs, "a"), submitted_by(jobs, "a", OTHER))
    kinds = sorted(type(result).__name__ for result in results)
    assert kinds == ["IdempotencyConflict", "Record"]
    assert len(listed(jobs)) == 1


def test_without_a_key_every_request_is_its_own(jobs: Jobs) -> None:
    ids = {jobs.submit(SPEC).id for _ in range(3)} | {jobs.submit(SPEC, "a").id}
    assert len(ids) == 4


def test_a_request_is_the_same_whether_its_defaults_are_written_down_or_not(jobs: Jobs) -> None:
    explicit = JobSpec.model_validate({**SPEC.model_dump(mode="json"), "seed": 1})
    assert jobs.submit(SPEC, "a").id == jobs.submit(explicit, "a").id


def test_a_replay_gives_the_job_wherever_it_stands(
    jobs: Jobs, context: tasks.WorkerContext
) -> None:
    first = jobs.submit(SPEC, "a")
    done = outcome(context, first.id)
    assert done.state is State.SUCCEEDED
    assert jobs.submit(SPEC, "a") == done
    assert context.records["job"].ids(State.QUEUED) == []


def test_a_replay_of_a_cancelled_job_does_not_begin_it_again(jobs: Jobs, raw: redis.Redis) -> None:
    jobs.cancel(jobs.submit(SPEC, "a").id)
    raw.delete("rq:queue:train")
    assert jobs.submit(SPEC, "a").state is State.CANCELLED
    assert JobQueue(raw).waiting("job") == set()


def test_a_replay_is_answered_although_the_request_would_be_refused_now(
    jobs: Jobs, context: tasks.WorkerContext, client: redis.Redis
) -> None:
    first = jobs.submit(SPEC, "a")
    client.hset(f"purr:ds:{DATASET}", "state", "failed")
    assert jobs.submit(SPEC, "a").id == first.id
    with pytest.raises(DatasetNotReady):
        jobs.submit(SPEC, "b")


def test_who_came_first_and_did_not_come_far_is_helped_by_the_next(
    jobs: Jobs, context: tasks.WorkerContext, keys: Keys
) -> None:
    body = SPEC.model_dump(mode="json")
    first, about = keys.reserve("a", body, new_id("job"))  # and its process dies here
    assert jobs.submit(SPEC, "a").id == first
    second, about = keys.reserve("b", body, new_id("job"))
    context.store.archive.keep_request(second, {"body": body, "idempotency": about})  # or here
    assert jobs.submit(SPEC, "b").id == second
    assert listed(jobs) == [second, first]


def test_a_request_that_was_refused_can_be_sent_again_with_its_key(
    jobs: Jobs, client: redis.Redis
) -> None:
    client.hset(f"purr:ds:{DATASET}", "state", "running")
    with pytest.raises(DatasetNotReady):
        jobs.submit(SPEC, "a")
    assert listed(jobs) == []
    client.hset(f"purr:ds:{DATASET}", "state", "succeeded")
    assert jobs.submit(SPEC, "a").id == listed(jobs)[0]


def test_a_request_that_was_refused_may_come_again_put_right_with_its_key(
    jobs: Jobs, client: redis.Redis
) -> None:
    wide = {"hidden_units": [65536, 65536]}
    too_large = JobSpec.model_validate({**SPEC.model_dump(), "network": wide})
    with pytest.raises(LimitExceeded):
        jobs.submit(too_large, "a")
    job = jobs.submit(SPEC, "a")
    with pytest.raises(IdempotencyConflict):
        jobs.submit(too_large, "a")
    assert listed(jobs) == [job.id]


def test_a_twin_that_is_refused_leaves_the_key_to_who_came_first(
    jobs: Jobs, keys: Keys, client: redis.Redis
) -> None:
    first, _ = keys.reserve("a", SPEC.model_dump(mode="json"), new_id("job"))
    client.hset(f"purr:ds:{DATASET}", "state", "running")
    with pytest.raises(DatasetNotReady):
        jobs.submit(SPEC, "a")
    assert keys.reserve("a", SPEC.model_dump(mode="json"), new_id("job"))[0] == first


def test_a_key_stays_with_a_job_that_was_accepted(jobs: Jobs, keys: Keys) -> None:
    job = jobs.submit(SPEC, "a")
    _, about = keys.reserve("a", SPEC.model_dump(mode="json"), new_id("job"))
    keys.release(about, job.id)
    assert jobs.submit(SPEC, "a").id == job.id


def test_a_job_that_was_accepted_is_accepted_though_nobody_can_be_rung_for_it(
    context: tasks.WorkerContext, jobs: Jobs, keys: Keys
) -> None:
    deaf = JobQueue(connect("unix:///nowhere.sock", text=False))
    records, datasets = context.records["job"], context.records["ds"]
    api = Jobs(records, datasets, keys, deaf, context.store, context.archiver, context.settings)
    job = api.submit(SPEC)
    assert records.get(job.id) == job
    assert context.store.archive.knows(job.id)


# When Redis was wiped


def test_a_pause_that_was_asked_for_before_a_wipe_can_be_taken_back(
    jobs: Jobs, context: tasks.WorkerContext, client: redis.Redis
) -> None:
    job = jobs.submit(SPEC).id
    context.records["job"].claim(job, "w", 10)
    jobs.pause(job)
    client.flushall()
    context.archiver.fill()
    assert jobs.resume(job).requested == ""


@pytest.mark.parametrize("wish", ["cancel", "pause"])
def test_what_was_answered_is_not_undone_by_a_wipe(
    jobs: Jobs, context: tasks.WorkerContext, client: redis.Redis, wish: str
) -> None:
    answered = getattr(jobs, wish)(jobs.submit(SPEC).id)
    client.flushall()
    context.archiver.fill()
    assert jobs.get(answered.id).state is answered.state


def test_what_was_resumed_before_a_wipe_waits_after_it(
    jobs: Jobs, context: tasks.WorkerContext, client: redis.Redis
) -> None:
    job = jobs.submit(SPEC).id
    jobs.pause(job)
    jobs.resume(job)
    client.flushall()
    context.archiver.fill()
    assert jobs.get(job).state is State.QUEUED


def test_what_a_running_job_was_asked_for_is_still_asked_after_a_wipe(
    jobs: Jobs, context: tasks.WorkerContext, client: redis.Redis
) -> None:
    job = jobs.submit(SPEC).id
    mine = context.records["job"].claim(job, "w", 10)
    context.records["job"].renew(mine, 10, {"device": {"kind": "gpu", "name": "H200"}})
    asked = jobs.cancel(job)
    client.flushall()
    context.archiver.fill()
    found = jobs.get(job)
    assert (found.state, found.requested) == (State.QUEUED, "cancel")
    assert (found.requested_at, found.device) == (asked.requested_at, asked.device)


def test_keys_come_back_with_their_jobs(
    jobs: Jobs, context: tasks.WorkerContext, client: redis.Redis
) -> None:
    waiting, done = jobs.submit(SPEC, "a"), jobs.submit(OTHER, "b")
    context.records["job"].cancel(done.id)
    context.archiver.file_all()
    client.flushall()
    context.archiver.fill()
    assert jobs.submit(SPEC, "a").id == waiting.id
    assert jobs.submit(OTHER, "b").state is State.CANCELLED
    with pytest.raises(IdempotencyConflict):
        jobs.submit(OTHER, "a")
    assert listed(jobs) == [done.id, waiting.id]


def test_before_they_are_back_a_request_with_a_key_must_wait(
    jobs: Jobs, context: tasks.WorkerContext, client: redis.Redis
) -> None:
    first = jobs.submit(SPEC, "a")
    client.flushall()
    with pytest.raises(QueueUnavailable):
        jobs.submit(SPEC, "a")
    context.archiver.fill()
    assert jobs.submit(SPEC, "a").id == first.id


def test_a_key_of_before_yesterday_does_not_come_back(
    jobs: Jobs, context: tasks.WorkerContext, client: redis.Redis
) -> None:
    age_ms = int((time.time() - KEPT_S - 60) * 1000)
    old, about = f"job_{age_ms << 80:032x}", {"key": digest("a"), "body": digest("{}")}
    body = SPEC.model_dump(mode="json")
    context.store.archive.keep_request(old, {"body": body, "idempotency": about})
    context.archiver.file_all()
    client.flushall()
    context.archiver.fill()
    assert jobs.submit(SPEC, "a").id != old


def test_what_the_store_knows_is_not_404_until_redis_knows_it_again(
    jobs: Jobs, context: tasks.WorkerContext, client: redis.Redis
) -> None:
    job = jobs.submit(SPEC).id
    client.flushall()
    asks: list[Callable[[str], Any]] = [
        jobs.get, jobs.cancel, jobs.pause, jobs.stop, jobs.resume
    ]  # fmt: skip
    for ask in asks:
        with pytest.raises(QueueUnavailable, match="ask shortly"):
            ask(job)
    with pytest.raises(QueueUnavailable):  # its dataset is not missing either
        jobs.submit(SPEC)
    context.archiver.fill()
    assert jobs.get(job).state is State.QUEUED
    assert jobs.pause(job).state is State.PAUSED


def test_twins_at_once_do_not_meet_in_the_store(jobs: Jobs, context: tasks.WorkerContext) -> None:
    broken: list[object] = []
    ended = threading.Event()

    def read() -> None:
        while not ended.is_set():
            for _, request, _ in context.store.archive.all("job"):
                broken.extend([] if request["body"]["epochs"] == 2 else [request])

    reader = threading.Thread(target=read)
    reader.start()
    at_once(*[submitted_by(jobs, "a")] * 8)
    ended.set()
    reader.join()
    assert broken == []
    assert not list(context.settings.data_dir.glob("jobs/*/*.part"))
