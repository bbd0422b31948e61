"""Which workers are there: each shows itself every few seconds, and counts as gone when it stops.

Redis key:

    purr:workers:{queue}    names of this queue's workers by the time at which each showed itself
"""

import time
from typing import Any

from worker.jobs.placement import QUEUE_NAMES

PRESENT_S = 15  # after which a worker that has not shown itself counts as gone


def workers_key(queue_name: str) -> str:
    """The sorted set with the workers of one queue."""
    return f"purr:workers:{queue_name}"


def show(client: Any, queue_name: str, worker: str) -> None:
    """Note that this worker is there, and drop the names of those that are gone."""
    key, now = workers_key(queue_name), time.time()
    client.zadd(key, {worker: now})
    client.zremrangebyscore(key, "-inf", now - PRESENT_S)


def withdraw(client: Any, queue_name: str, worker: str) -> None:
    """Note that this worker has ended."""
    client.zrem(workers_key(queue_name), worker)


def count_workers(client: Any, queue_name: str) -> Any:
    """Returns how many workers of a queue are there.

    Args:
        client: of Redis; a pipeline is returned itself, and has the number among its answers.
    """
    return client.zcount(workers_key(queue_name), time.time() - PRESENT_S, "inf")


def served_queues(client: Any) -> set[str]:
    """Returns the names of the queues that have a worker."""
    counting = client.pipeline(transaction=False)  # one round trip
    for name in QUEUE_NAMES:
        count_workers(counting, name)
    return {name for name, there in zip(QUEUE_NAMES, counting.execute(), strict=True) if there}
