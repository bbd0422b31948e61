"""How long a new job would wait for a worker."""

import time

import pytest
import redis

from worker.jobs.counters import COUNTERS
from worker.jobs.placement import GPU, TRAIN
from worker.jobs.presence import workers_key
from worker.jobs.queue_wait import QueueWait, QueueWaits, free_after
from worker.jobs.record import State, new_id
from worker.jobs.transitions import open_records


def has_workers(client: redis.Redis, queue: str, count: int) -> None:
    client.zadd(workers_key(queue), {f"w{number}": time.time() for number in range(count)})


@pytest.mark.parametrize(
    ("workers", "running", "ahead", "expected"),
    [
        (1, [], [], 0.0),
        (0, [], [], None),
        (1, [7.0], [], 7.0),
        (2, [7.0], [], 0.0),
        (2, [7.0, 3.0], [], 3.0),
        (1, [7.0], [10.0, 10.0], 27.0),
        (2, [7.0, 3.0], [10.0], 7.0),
        (2, [7.0, 3.0], [10.0, 10.0], 13.0),
        (1, [None], [], None),
        (1, [], [None], None),
        (1, [7.0, 3.0], [], 3.0),  # one of them is lost
    ],
)
def test_the_first_worker_that_has_done_it_all_is_free(
    workers: int, running: list[float | None], ahead: list[float | None], expected: float | None
) -> None:
    assert free_after(workers, running, ahead) == expected


def test_an_idle_worker_is_free_at_once(client: redis.Redis) -> None:
    has_workers(client, TRAIN, 1)
    found = QueueWaits(client, open_records(client)).of({"device": "auto"})
    assert found == QueueWait(TRAIN, 1, 0, 0, 0.0)
    assert found.at_once


def test_without_a_worker_nobody_can_tell(client: redis.Redis) -> None:
    found = QueueWaits(client, open_records(client)).of({"device": "gpu"})
    assert (found.queue, found.seconds, found.at_once) == (GPU, None, False)


def test_what_runs_tells_its_own_time_and_what_waits_takes_as_long_as_others(
    client: redis.Redis,
) -> None:
    records = open_records(client)
    jobs, scorings = records["job"], records["pred"]
    has_workers(client, TRAIN, 1)
    mine = jobs.claim(jobs.create(new_id("job"), {"device": "cpu"}).id, "w0", 60)
    jobs.renew(mine, 60, {"progress": {"eta_s": 12.5}}, [])
    for priority in ("high", "normal", "low"):
        jobs.create(new_id("job"), {"priority": priority})
    client.hset(COUNTERS, mapping={"job:attempts": 4, "job:attempt_ms": 20_000})
    body = {"device": "auto", "priority": "normal"}
    assert QueueWaits(client, records).of(body) == QueueWait(TRAIN, 1, 1, 2, 12.5 + 2 * 5.0)
    scorings.create(new_id("pred"), {"model": "cats"})  # of which none has ended yet
    found = QueueWaits(client, records).of(body)
    assert (found.ahead, found.seconds, found.at_once) == (3, None, False)


def test_what_belongs_elsewhere_does_not_count(client: redis.Redis) -> None:
    records = open_records(client)
    has_workers(client, TRAIN, 1)
    records["job"].create(new_id("job"), {"device": "gpu"})
    done = records["job"].create(new_id("job"), {"device": "cpu"}).id
    records["job"].finish(records["job"].claim(done, "w0", 60), State.SUCCEEDED)
    assert QueueWaits(client, records).of({"device": "cpu"}).at_once
