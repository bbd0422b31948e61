"""Which workers are there, and which of them share their cores."""

import pytest
import redis

from worker.jobs.placement import GPU, IMPORT, TRAIN
from worker.jobs.presence import (
    PRESENT_S,
    count_sharers,
    count_workers,
    sharers_key,
    show,
    withdraw,
)
from worker.jobs.questions import QUESTION
from worker.jobs.record import new_id
from worker.system.machine import cores
from worker.tasks.context import WorkerContext, inherited
from worker.tasks.entry import perform


def test_workers_of_both_kinds_that_train_share_their_cores_and_imports_do_not(
    client: redis.Redis,
) -> None:
    for worker, queue in (("a", TRAIN), ("b", GPU), ("c", IMPORT)):
        show(client, queue, worker)
    assert count_sharers(client) == 2
    assert [count_workers(client, queue) for queue in (TRAIN, GPU, IMPORT)] == [1, 1, 1]


def test_who_has_ended_or_shows_itself_no_more_shares_nothing(client: redis.Redis) -> None:
    show(client, TRAIN, "a")
    show(client, TRAIN, "b")
    withdraw(client, TRAIN, "a")
    assert count_sharers(client) == 1
    client.zincrby(sharers_key(), -PRESENT_S - 1, "b")
    assert count_sharers(client) == 0


def test_what_is_noted_of_a_machine_that_is_gone_is_forgotten(client: redis.Redis) -> None:
    show(client, TRAIN, "a")
    assert 0 < client.ttl(sharers_key()) <= 4 * PRESENT_S


def told(context: WorkerContext, threads: int) -> WorkerContext:
    context.settings = context.settings.model_copy(update={"worker_threads": threads})
    return context


def test_a_job_takes_its_workers_share_of_the_cores(context: WorkerContext) -> None:
    told(context, 0).share_cores()
    assert context.settings.threads == cores()
    for worker in range(2):
        show(context.redis, TRAIN, f"w{worker}")
    context.share_cores()
    assert context.settings.threads == max(1, cores() // 2)


def test_who_was_told_how_many_threads_it_has_shares_nothing(context: WorkerContext) -> None:
    for worker in range(2):
        show(context.redis, TRAIN, f"w{worker}")
    told(context, 3).share_cores()
    assert context.settings.threads == 3


def test_more_workers_than_cores_have_a_thread_each(context: WorkerContext) -> None:
    for worker in range(2 * cores()):
        show(context.redis, TRAIN, f"w{worker}")
    told(context, 0).share_cores()
    assert context.settings.threads == 1


@pytest.mark.parametrize(("queue", "shares"), [(TRAIN, True), (GPU, True), (IMPORT, False)])
def test_whoever_trains_takes_its_share_when_it_begins(
    queue: str, shares: bool, context: WorkerContext, monkeypatch: pytest.MonkeyPatch
) -> None:
    for worker in range(2 * cores()):
        show(context.redis, TRAIN, f"w{worker}")
    monkeypatch.setattr("worker.tasks.entry.served_queue", lambda: queue)
    token = inherited.set(told(context, 0))
    try:
        perform(new_id(QUESTION))  # that nobody has asked
    finally:
        inherited.reset(token)
    assert (context.settings.worker_threads == 1) is shares
