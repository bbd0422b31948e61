from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest
import redis

from tests.conftest import Eventually
from tests.worker.working import lapsed_by_now
from worker.errors import (
    Cancelled,
    DatasetNotFound,
    IllegalMove,
    JobNotFound,
    LeaseLost,
    QueueUnavailable,
)
from worker.jobs.record import FINAL, Record, State, new_id
from worker.jobs.redis_connection import connect
from worker.jobs.transitions import Transitions, open_records


def running(jobs: Transitions, job: str) -> Transitions:
    jobs.claim(job, "w", 10)
    return jobs


def test_ids_sort_by_their_time() -> None:
    ids = [new_id("job") for _ in range(3)]
    assert all(len(i) == 36 for i in ids)
    assert new_id("job")[:12] >= ids[0][:12]


def test_a_new_record_is_queued(jobs: Transitions, job: str) -> None:
    record = jobs.get(job)
    assert (record.state, record.body, record.attempt) == (State.QUEUED, {"model": "cats"}, 0)
    assert record.created_at is not None
    assert abs((datetime.now(UTC) - record.created_at).total_seconds()) < 60


def test_creating_twice_is_creating_once(jobs: Transitions, job: str) -> None:
    running(jobs, job)
    assert jobs.create(job, {"model": "dogs"}).state is State.RUNNING


@pytest.mark.parametrize("asked", ["job_" + "0" * 32, "x", "job_1:events", "", "*"])
def test_an_unknown_id_is_not_found(jobs: Transitions, asked: str) -> None:
    with pytest.raises(JobNotFound):
        jobs.get(asked)
    with pytest.raises(JobNotFound):
        jobs.cancel(asked)


def test_each_kind_misses_in_its_own_words(client: redis.Redis) -> None:
    with pytest.raises(DatasetNotFound):
        open_records(client)["ds"].get("ds_" + "0" * 32)


def test_a_finished_attempt_has_its_result(jobs: Transitions, job: str) -> None:
    mine = jobs.claim(job, "w", 10)
    record = jobs.finish(mine, State.SUCCEEDED, {"result": {"test": 1}, "progress": {"epoch": 3}})
    assert (record.state, record.result) == (State.SUCCEEDED, {"test": 1})
    assert record.progress == {"epoch": 3}
    assert record.finished_at is not None
    assert lapsed_by_now(jobs) == []


def test_the_device_of_an_attempt_outlives_it(jobs: Transitions, job: str) -> None:
    gpu = {"kind": "gpu", "name": "NVIDIA H200"}
    mine = jobs.claim(job, "w", 10)
    assert mine.device is None
    jobs.renew(mine, 10, {"device": gpu})
    assert jobs.give_back(mine, "preempted").device == gpu


def test_a_late_attempt_is_refused(jobs: Transitions, job: str) -> None:
    late = jobs.claim(job, "w", 10)
    jobs.give_back(late, "preempted")
    jobs.claim(job, "other", 10)
    with pytest.raises(LeaseLost):
        jobs.renew(late, 10, {})
    with pytest.raises(LeaseLost):
        jobs.finish(late, State.SUCCEEDED)
    with pytest.raises(LeaseLost):
        jobs.begin_publishing(late, "cats", 0)
    with pytest.raises(LeaseLost):
        jobs.record_loss(late, 3, "signal 9")
    with pytest.raises(LeaseLost):
        jobs.give_back(late, "preempted")
    assert jobs.get(job).attempt == 2


@pytest.mark.parametrize("final", sorted(FINAL))
def test_a_final_state_is_never_left(jobs: Transitions, job: str, final: State) -> None:
    mine = jobs.claim(job, "w", 10)
    jobs.finish(mine, final)
    with pytest.raises(LeaseLost):
        jobs.claim(job, "w", 10)
    for other in FINAL - {final}:
        with pytest.raises(LeaseLost):
            jobs.finish(mine, other)
    assert jobs.get(job).state is final


def test_a_move_that_the_table_does_not_have_is_a_mistake_of_ours(
    jobs: Transitions, job: str
) -> None:
    mine = jobs.claim(job, "w", 10)
    with pytest.raises(ValueError, match="No move leads"):
        jobs.finish(mine, State.RUNNING)


def test_cancelling_a_queued_job_ends_it(jobs: Transitions, job: str) -> None:
    assert jobs.cancel(job).state is State.CANCELLED
    with pytest.raises(LeaseLost):
        jobs.claim(job, "w", 10)


def test_cancelling_twice_is_cancelling_once(jobs: Transitions, job: str) -> None:
    first = jobs.cancel(job)
    assert jobs.cancel(job) == first


def test_cancelling_a_running_job_asks_its_attempt(jobs: Transitions, job: str) -> None:
    mine = jobs.claim(job, "w", 10)
    assert jobs.cancel(job).state is State.RUNNING
    assert jobs.renew(mine, 10, {}).requested == "cancel"
    with pytest.raises(Cancelled):
        jobs.begin_publishing(mine, "cats", 0)


def test_a_job_that_publishes_can_no_longer_be_cancelled(jobs: Transitions, job: str) -> None:
    jobs.begin_publishing(jobs.claim(job, "w", 10), "cats", 0)
    with pytest.raises(IllegalMove, match="being published"):
        jobs.cancel(job)


def test_a_finished_job_cannot_be_cancelled(jobs: Transitions, job: str) -> None:
    jobs.finish(jobs.claim(job, "w", 10), State.SUCCEEDED)
    with pytest.raises(IllegalMove, match="succeeded"):
        jobs.cancel(job)


def test_versions_count_up_from_what_the_store_has(jobs: Transitions, job: str) -> None:
    other = jobs.create(new_id("job"), {}).id
    assert jobs.begin_publishing(jobs.claim(job, "w", 10), "cats", 4).version == 5
    assert jobs.begin_publishing(jobs.claim(other, "w", 10), "cats", 4).version == 6


def test_an_attempt_keeps_the_version_that_the_one_before_it_reserved(
    jobs: Transitions, job: str
) -> None:
    first = jobs.begin_publishing(jobs.claim(job, "w", 10), "cats", 0)
    jobs.record_loss(first, 3, "signal 9")
    assert jobs.begin_publishing(jobs.claim(job, "w", 10), "cats", 0).version == first.version


def test_a_lease_lapses_unless_it_is_renewed(
    jobs: Transitions, job: str, eventually: Eventually
) -> None:
    mine = jobs.claim(job, "w", lease_s=0.05)
    eventually(lambda: [r.id for r in lapsed_by_now(jobs)] == [job])
    jobs.renew(mine, 60, {})
    assert lapsed_by_now(jobs) == []


def test_pages_go_from_the_newest_to_the_oldest(jobs: Transitions) -> None:
    ids = sorted(jobs.create(new_id("job"), {}).id for _ in range(5))
    first = [r.id for r in jobs.page(None, 3, None)]
    second = [r.id for r in jobs.page(None, 3, first[-1])]
    assert first + second == ids[::-1]


def test_a_listing_holds_what_is_in_its_state(jobs: Transitions, job: str) -> None:
    other = jobs.create(new_id("job"), {}).id
    jobs.claim(job, "w", 10)
    assert [r.id for r in jobs.page(State.RUNNING, 9, None)] == [job]
    assert jobs.ids(State.QUEUED) == [other]
    assert (jobs.position(other), jobs.position(job)) == (1, None)


def test_every_move_leaves_an_event(jobs: Transitions, job: str, client: redis.Redis) -> None:
    jobs.give_back(jobs.claim(job, "w", 10), "preempted")
    events: Any = client.xrange(f"purr:job:{job}:events")
    assert [(e["state"], e["why"], e["attempt"]) for _, e in events] == [
        ("queued", "submitted", "0"),
        ("running", "claimed", "1"),
        ("queued", "preempted", "1"),
    ]


def test_an_attempt_of_before_a_wipe_is_refused_though_its_number_comes_again(
    jobs: Transitions, job: str, client: redis.Redis
) -> None:
    early = jobs.claim(job, "early", 10)
    client.flushall()
    jobs.restore(job, {"state": State.QUEUED, "attempt": "0", "body": "{}"})
    jobs.claim(job, "late", 10)
    sayings: list[Callable[[], Record]] = [
        lambda: jobs.renew(early, 10, {}),
        lambda: jobs.begin_publishing(early, "cats", 0),
        lambda: jobs.finish(early, State.SUCCEEDED),
        lambda: jobs.give_back(early, "preempted"),
        lambda: jobs.record_loss(early, 3, "signal 9"),
    ]
    for say in sayings:
        with pytest.raises(LeaseLost):
            say()
    assert (jobs.get(job).state, jobs.get(job).worker) == (State.RUNNING, "late")


def test_what_was_there_comes_back_as_it_was_and_nothing_is_told_of_it(
    jobs: Transitions, job: str, client: redis.Redis
) -> None:
    before: Any = jobs.finish(jobs.claim(job, "w", 10), State.SUCCEEDED, {"result": {"test": 1}})
    fields: Any = client.hgetall(f"purr:job:{job}")
    client.flushall()
    assert jobs.restore(job, fields)
    assert jobs.get(job) == before
    assert not client.exists(f"purr:job:{job}:events")
    assert jobs.ids(State.SUCCEEDED) == [job]


def test_what_is_there_is_not_brought_back(jobs: Transitions, job: str) -> None:
    assert not jobs.restore(job, {"state": State.PAUSED})
    assert jobs.get(job).state is State.QUEUED


def test_what_has_ended_is_brought_back_over_what_it_was_before(
    jobs: Transitions, job: str
) -> None:
    assert jobs.restore(job, {"state": State.FAILED})
    assert jobs.ids(State.QUEUED) == []
    assert not jobs.restore(job, {"state": State.SUCCEEDED})
    assert jobs.get(job).state is State.FAILED


def test_a_redis_that_is_away_has_a_name() -> None:
    records = open_records(connect("unix:///nowhere.sock"))["job"]
    with pytest.raises(QueueUnavailable):
        records.get("job_" + "0" * 32)
