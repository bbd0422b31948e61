"""The outbox: which message is taken when, by whom, and what becomes of it."""

import threading
import time
from typing import Any

import pytest
import redis

from tests.conftest import Eventually
from worker.errors import QueueUnavailable, WebhookNotFound
from worker.jobs.outbox import Delivery, DeliveryState, Outbox, Outcome
from worker.jobs.outbox_scripts import KEPT_S
from worker.jobs.record import new_id
from worker.jobs.redis_connection import connect

URL = "https://cats.example/hook"
FAILED_ONCE = Outcome(DeliveryState.PENDING, 500, "It did not work.", delay_s=300)


@pytest.fixture
def outbox(client: redis.Redis) -> Outbox:
    return Outbox(client)


@pytest.fixture
def job() -> str:
    return new_id("job")


def taken(outbox: Outbox, job: str, lease_s: float = 60) -> Delivery:
    outbox.add(job, "job.succeeded", URL)
    delivery = outbox.take(lease_s)
    assert delivery is not None
    return delivery


def due_in_s(client: Any, delivery: Delivery) -> float:
    return float(client.zscore("purr:webhooks:due", delivery.id) / 1000 - time.time())


# Taking


def test_what_was_added_is_due_at_once(outbox: Outbox, job: str) -> None:
    made = outbox.add(job, "job.failed", URL)
    delivery = outbox.take(60)
    assert delivery is not None
    assert delivery.id == made == "msg_" + job.removeprefix("job_")
    assert (delivery.job, delivery.type, delivery.url) == (job, "job.failed", URL)
    assert (delivery.state, delivery.attempts, delivery.tries) == (DeliveryState.PENDING, 1, 1)
    assert delivery.next_at == delivery.created_at


def test_an_empty_outbox_gives_nothing(outbox: Outbox) -> None:
    assert outbox.take(60) is None


def test_of_many_senders_one_gets_it(outbox: Outbox, job: str) -> None:
    outbox.add(job, "job.succeeded", URL)
    got: list[Delivery | None] = []
    threads = [threading.Thread(target=lambda: got.append(outbox.take(60))) for _ in range(16)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len([delivery for delivery in got if delivery]) == 1


def test_the_longest_due_is_taken_first(outbox: Outbox, client: redis.Redis) -> None:
    jobs = [new_id("job") for _ in range(3)]
    for age, job in enumerate(jobs):
        client.zadd("purr:webhooks:due", {outbox.add(job, "job.succeeded", URL): 3 - age})
    assert [found.job for _ in jobs if (found := outbox.take(60))] == jobs[::-1]


def test_what_a_dead_sender_had_is_taken_again(
    outbox: Outbox, job: str, eventually: Eventually
) -> None:
    first = taken(outbox, job, lease_s=0.05)
    again: list[Delivery | None] = [None]

    def take() -> Delivery | None:
        again[0] = outbox.take(60)
        return again[0]

    eventually(take)
    assert again[0] is not None
    assert (again[0].id, again[0].attempts) == (first.id, 2)


def test_a_sender_that_comes_too_late_changes_nothing(
    outbox: Outbox, job: str, eventually: Eventually
) -> None:
    late = taken(outbox, job, lease_s=0.05)
    eventually(lambda: outbox.take(60))
    assert not outbox.settle(late, Outcome(DeliveryState.DELIVERED, 200))
    assert outbox.of_job(job)[0].state is DeliveryState.PENDING


# Settling


@pytest.mark.parametrize("final", sorted({*DeliveryState} - {DeliveryState.PENDING}))
def test_what_has_ended_is_due_no_more(
    outbox: Outbox, job: str, client: redis.Redis, final: DeliveryState
) -> None:
    assert outbox.settle(taken(outbox, job), Outcome(final, 200))
    assert client.zcard("purr:webhooks:due") == 0
    delivery = outbox.of_job(job)[0]
    assert (delivery.state, delivery.last_status, delivery.next_at) == (final, 200, None)
    assert (delivery.delivered_at is not None) == (final is DeliveryState.DELIVERED)


def test_what_failed_is_due_after_its_delay(outbox: Outbox, job: str, client: redis.Redis) -> None:
    assert outbox.settle(taken(outbox, job), FAILED_ONCE)
    delivery = outbox.of_job(job)[0]
    assert delivery.state is DeliveryState.PENDING
    assert (delivery.last_status, delivery.last_error) == (500, "It did not work.")
    assert 290 < due_in_s(client, delivery) <= 301
    assert delivery.next_at is not None
    assert abs(delivery.next_at.timestamp() - time.time() - due_in_s(client, delivery)) < 1


def test_settling_twice_is_settling_once(outbox: Outbox, job: str) -> None:
    mine = taken(outbox, job)
    assert outbox.settle(mine, Outcome(DeliveryState.GONE, 410))
    assert not outbox.settle(mine, FAILED_ONCE)
    assert outbox.of_job(job)[0].state is DeliveryState.GONE


# Replaying


@pytest.mark.parametrize("state", sorted(DeliveryState))
def test_whatever_became_of_it_a_replay_makes_it_due(
    outbox: Outbox, job: str, state: DeliveryState
) -> None:
    mine = taken(outbox, job)
    outbox.settle(mine, Outcome(state, 500, "It did not work.", delay_s=300))
    replayed = outbox.replay(mine.id)
    assert (replayed.state, replayed.attempts) == (DeliveryState.PENDING, 1)
    again = outbox.take(60)
    assert again is not None
    # One that had ended begins its schedule anew, one that had not goes on with it.
    assert (again.attempts, again.tries) == (2, 2 if state is DeliveryState.PENDING else 1)


def test_a_replay_leaves_alone_what_is_on_its_way(outbox: Outbox, job: str) -> None:
    mine = taken(outbox, job)
    assert outbox.replay(mine.id).state is DeliveryState.PENDING
    assert outbox.take(60) is None
    assert outbox.settle(mine, Outcome(DeliveryState.DELIVERED, 204))


@pytest.mark.parametrize("asked", ["msg_" + "0" * 32, "x", "", "*", "msg_" + "0" * 31 + "g"])
def test_what_is_unknown_cannot_be_replayed(outbox: Outbox, asked: str) -> None:
    with pytest.raises(WebhookNotFound):
        outbox.replay(asked)


# Listing


def test_pages_go_from_the_newest_to_the_oldest(outbox: Outbox, client: redis.Redis) -> None:
    made = [outbox.add(new_id("job"), "job.succeeded", URL) for _ in range(5)]
    for age, found in enumerate(reversed(made)):
        client.zadd("purr:webhooks", {found: 1_000 - age})
    first = [found.id for found in outbox.page(3)]
    second = [found.id for found in outbox.page(3, first[-1])]
    assert first + second == made[::-1]


def test_a_page_behind_a_forgotten_one_is_empty(outbox: Outbox, job: str) -> None:
    outbox.add(job, "job.succeeded", URL)
    assert outbox.page(3, "msg_" + "0" * 32) == []


def test_a_job_without_a_webhook_has_no_delivery(outbox: Outbox, job: str) -> None:
    assert outbox.of_job(job) == []


def test_deliveries_are_forgotten_after_a_month(
    outbox: Outbox, job: str, client: redis.Redis
) -> None:
    made = outbox.add(job, "job.succeeded", URL)
    assert client.ttl(f"purr:webhook:{made}") == KEPT_S == 30 * 86_400
    client.delete(f"purr:webhook:{made}")  # as Redis does then
    assert outbox.page(9) == []
    client.zadd("purr:webhooks", {made: (time.time() - KEPT_S - 1) * 1000})
    assert outbox.take(60) is None
    assert client.zcard("purr:webhooks") == client.zcard("purr:webhooks:due") == 0


def test_a_redis_that_is_away_has_a_name(job: str) -> None:
    outbox = Outbox(connect("unix:///nowhere.sock"))
    for ask in (
        lambda: outbox.add(job, "job.failed", URL),
        lambda: outbox.take(60),
        lambda: outbox.page(1),
        lambda: outbox.replay("msg_" + "0" * 32),
    ):
        with pytest.raises(QueueUnavailable):
            ask()
