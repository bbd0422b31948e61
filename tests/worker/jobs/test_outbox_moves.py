"""A job's webhook is in the outbox from the very move that ended the job."""

from typing import Any

import pytest
import redis

from worker.errors import IllegalMove, LeaseLost
from worker.jobs.outbox import MLFLOW, DeliveryState, Outbox, Outcome
from worker.jobs.overview import look
from worker.jobs.record import FINAL, State, new_id
from worker.jobs.transitions import Transitions, open_records

URL = "https://cats.example/hook"


@pytest.fixture
def jobs(client: redis.Redis) -> Transitions:
    return open_records(client)["job"]


@pytest.fixture
def outbox(client: redis.Redis) -> Outbox:
    return Outbox(client)


@pytest.fixture
def job(jobs: Transitions) -> str:
    return jobs.create(new_id("job"), {"model": "cats", "webhook": URL}).id


@pytest.mark.parametrize("final", sorted(FINAL))
def test_every_end_of_an_attempt_is_told(
    jobs: Transitions, outbox: Outbox, job: str, final: State
) -> None:
    jobs.finish(jobs.claim(job, "w", 10), final)
    (delivery,) = outbox.of_job(job)
    assert (delivery.type, delivery.url, delivery.job) == (f"job.{final}", URL, job)
    assert (delivery.state, delivery.attempts) == (DeliveryState.PENDING, 0)
    assert delivery.created_at == jobs.get(job).finished_at
    assert outbox.page(9) == [delivery]
    due = outbox.take(60)
    assert due is not None
    assert due.id == delivery.id


def test_the_outbox_of_a_move_is_what_the_outbox_itself_would_write(
    jobs: Transitions, outbox: Outbox, job: str, client: Any
) -> None:
    jobs.cancel(job)
    key = f"purr:webhook:{outbox.of_job(job)[0].id}"
    moved, ttl = client.hgetall(key), client.ttl(key)
    client.delete(key)
    outbox.add(job, "job.cancelled", URL)
    times = {"created_at", "next_at"}
    added = client.hgetall(key)
    assert {k: v for k, v in moved.items() if k not in times} == {
        k: v for k, v in added.items() if k not in times
    }
    assert moved.keys() == added.keys()
    assert abs(ttl - client.ttl(key)) <= 1


def test_a_queued_job_that_is_cancelled_is_told(
    jobs: Transitions, outbox: Outbox, job: str
) -> None:
    jobs.cancel(job)
    jobs.cancel(job)
    assert [delivery.type for delivery in outbox.page(9)] == ["job.cancelled"]


def test_a_job_that_was_lost_too_often_is_told(jobs: Transitions, outbox: Outbox, job: str) -> None:
    jobs.record_loss(jobs.claim(job, "w", 10), 1, "signal 9")
    assert [delivery.type for delivery in outbox.page(9)] == ["job.failed"]


def test_nothing_is_told_before_the_end(jobs: Transitions, outbox: Outbox, job: str) -> None:
    mine = jobs.claim(job, "w", 10)
    jobs.renew(mine, 10, {"progress": {"epoch": 1}})
    jobs.give_back(mine, "preempted")
    mine = jobs.begin_publishing(jobs.claim(job, "w", 10), "cats", 0)
    with pytest.raises(IllegalMove):
        jobs.cancel(job)
    jobs.record_loss(mine, 3, "signal 9")
    assert outbox.page(9) == []


def test_a_late_end_is_not_told(jobs: Transitions, outbox: Outbox, job: str) -> None:
    mine = jobs.claim(job, "w", 10)
    jobs.finish(mine, State.SUCCEEDED)
    with pytest.raises(LeaseLost):
        jobs.finish(mine, State.FAILED)
    assert [delivery.type for delivery in outbox.page(9)] == ["job.succeeded"]


@pytest.mark.parametrize("body", [{}, {"webhook": None}])
def test_who_did_not_ask_is_not_told(
    jobs: Transitions, outbox: Outbox, body: dict[str, Any]
) -> None:
    job = jobs.create(new_id("job"), {"model": "cats", **body}).id
    jobs.finish(jobs.claim(job, "w", 10), State.SUCCEEDED)
    assert outbox.page(9) == []


# MLflow's


@pytest.fixture
def tracked(client: redis.Redis) -> Outbox:
    return Outbox(client, MLFLOW)


def test_while_mlflow_wants_them_all_ends_are_in_its_outbox(
    jobs: Transitions, outbox: Outbox, tracked: Outbox
) -> None:
    before = jobs.cancel(jobs.create(new_id("job"), {"model": "cats"}).id).id
    tracked.want_all()
    after = jobs.cancel(jobs.create(new_id("job"), {"model": "cats"}).id).id
    assert [each.job for each in tracked.page(9)] == [after]
    assert tracked.of_job(before) == outbox.page(9) == []


def test_what_is_no_job_is_not(client: redis.Redis, tracked: Outbox) -> None:
    tracked.want_all()
    datasets = open_records(client)["ds"]
    datasets.cancel(datasets.create(new_id("ds"), {"name": "pictures"}).id)
    assert tracked.page(9) == []


def test_a_webhook_is_told_beside_it(
    jobs: Transitions, outbox: Outbox, tracked: Outbox, job: str
) -> None:
    tracked.want_all()
    jobs.cancel(job)
    assert [len(box.of_job(job)) for box in (outbox, tracked)] == [1, 1]


def test_those_that_failed_are_all_made_due_again(
    jobs: Transitions, tracked: Outbox, client: redis.Redis, job: str
) -> None:
    tracked.want_all()
    jobs.cancel(job)
    taken = tracked.take(60)
    assert taken is not None
    tracked.settle(taken, Outcome(DeliveryState.FAILED))
    assert (look(client).untracked, look(client).untrackable) == (0, 1)
    tracked.replay_failed()
    assert (look(client).untracked, look(client).untrackable) == (1, 0)
    again = tracked.take(60)
    assert again is not None
    assert (again.id, again.tries) == (taken.id, 1)
