"""How much of everything there is, told in few commands however much that is."""

import socket
import time
from typing import Any

import pytest
import redis

from worker.errors import QueueUnavailable
from worker.jobs.overview import DUE, look
from worker.jobs.placement import GPU, IMPORT, QUEUE_NAMES, TRAIN, queue_for
from worker.jobs.presence import workers_key
from worker.jobs.record import State, new_id
from worker.jobs.redis_connection import connect
from worker.jobs.transitions import Transitions, open_records


def has_workers(client: redis.Redis, *queues: str) -> None:
    for queue in queues:
        client.zadd(workers_key(queue), {"w": time.time()})


def wanting(jobs: Transitions, *devices: str) -> list[str]:
    return [jobs.create(new_id("job"), {"device": device}).id for device in devices]


def waiting(client: redis.Redis) -> dict[str, int]:
    return {name: load.waiting for name, load in look(client).queues.items()}


def test_an_empty_service_has_nothing_in_hand(client: redis.Redis) -> None:
    found = look(client)
    assert set(found.records.values()) == {0}
    assert len(found.records) == 4 * len(State)
    assert {load.oldest_s for load in found.queues.values()} == {0.0}
    assert (found.unfiled, found.counts) == ({"job": 0, "ds": 0, "bb": 0, "pred": 0}, {})
    assert (found.pending, found.due) == (0, 0)


def test_records_are_counted_by_state(client: redis.Redis, jobs: Transitions) -> None:
    ended, running, _ = wanting(jobs, "auto", "auto", "auto")
    jobs.finish(jobs.claim(ended, "w", 10), State.SUCCEEDED)
    jobs.claim(running, "w", 10)
    found = look(client)
    there = {place: count for place, count in found.records.items() if count}
    assert there == {("job", state): 1 for state in (State.SUCCEEDED, State.RUNNING, State.QUEUED)}
    assert found.unfiled == {"job": 1, "ds": 0, "bb": 0, "pred": 0}
    assert found.counts["job:attempts"] == 2


@pytest.mark.parametrize("workers", [[], [TRAIN], [GPU], [TRAIN, GPU]])
def test_what_waits_is_counted_where_it_would_be_enqueued(
    client: redis.Redis, jobs: Transitions, workers: list[str]
) -> None:
    has_workers(client, *workers)
    begun = wanting(jobs, "auto", "cpu", "gpu", "gpu", "auto")[-1]
    jobs.give_back(jobs.claim(begun, "w", 10), "preempted", {"device": {"kind": "cpu"}})
    open_records(client)["ds"].create(new_id("ds"), {"name": "pictures"})
    expected = dict.fromkeys(QUEUE_NAMES, 0) | {IMPORT: 1}
    for record in jobs.waiting(9):
        expected[queue_for(record, {*workers})] += 1
    assert waiting(client) == expected


def test_who_leaves_the_queue_waits_no_more(client: redis.Redis, jobs: Transitions) -> None:
    claimed, paused, cancelled = wanting(jobs, "auto", "gpu", "cpu")
    jobs.claim(claimed, "w", 10)
    jobs.pause(paused)
    jobs.cancel(cancelled)
    assert set(waiting(client).values()) == {0}
    jobs.resume(paused)
    assert waiting(client)[GPU] == 1


def test_the_age_is_that_of_the_one_that_came_into_the_queue_first(
    client: redis.Redis, jobs: Transitions
) -> None:
    old, _ = wanting(jobs, "auto", "cpu")
    long_ago = 1000 * (time.time() - 500)
    client.zadd("purr:jobs:since:auto", {old: long_ago})
    assert 499 <= look(client).queues[TRAIN].oldest_s < 530  # Redis has a clock of its own
    jobs.give_back(jobs.claim(old, "w", 10), "preempted")  # it comes back into the queue just now
    assert look(client).queues[TRAIN].oldest_s < 30


def test_a_body_of_any_kind_waits_somewhere(client: redis.Redis, jobs: Transitions) -> None:
    strange: list[Any] = [{}, {"device": None}, {"device": 7}, {"device": "abacus"}]
    for body in strange:
        jobs.create(new_id("job"), body)
    assert waiting(client)[TRAIN] == len(strange)


def test_webhooks_are_counted_by_whether_they_are_due(client: redis.Redis) -> None:
    now_ms = 1000 * time.time()
    client.zadd(DUE, {"msg_1": now_ms - 5000, "msg_2": now_ms + 60_000})
    found = look(client)
    assert (found.pending, found.due) == (2, 1)


def test_workers_that_are_gone_do_not_count(client: redis.Redis) -> None:
    client.zadd(workers_key(TRAIN), {"here": time.time(), "gone": time.time() - 60})
    assert look(client).queues[TRAIN].workers == 1


def test_the_server_tells_of_itself(client: redis.Redis) -> None:
    server = look(client).server
    assert server.used_bytes > 100_000
    assert server.clients >= 1
    assert server.log_bytes > 0
    assert server.max_bytes == 0


def commands(client: redis.Redis) -> int:
    stats: Any = client.info("stats")
    return int(stats["total_commands_processed"])


def cost(client: redis.Redis) -> int:
    before = commands(client)
    look(client)
    return commands(client) - before


def test_many_records_cost_no_more_commands_than_none(
    client: redis.Redis, jobs: Transitions
) -> None:
    few = cost(client)
    wanting(jobs, *["auto", "cpu", "gpu"] * 100)
    assert cost(client) == few < 60


def test_a_redis_that_is_away_is_named() -> None:
    with pytest.raises(QueueUnavailable):
        look(connect("unix:///nowhere.sock"))


def test_a_redis_that_hangs_is_named_in_time() -> None:
    with socket.create_server(("127.0.0.1", 0)) as deaf:
        began = time.monotonic()
        with pytest.raises(QueueUnavailable):
            look(connect(f"redis://127.0.0.1:{deaf.getsockname()[1]}"))
    assert time.monotonic() - began < 30
