"""Which workers are there: each shows itself every few seconds, and counts as gone when it stops.

Redis keys:

    purr:workers:{queue}    names of this queue's workers by the time at which each showed itself
    purr:sharers:{cores}    the same of those workers, of all queues but imports, that share cores
"""

import time
from typing import Any

from worker.jobs.placement import GPU, QUEUE_NAMES, TRAIN
from worker.system.machine import whose_cores

PRESENT_S = 15  # after which a worker that has not shown itself counts as gone


def workers_key(queue_name: str) -> str:
    """The sorted set with the workers of one queue."""
    return f"purr:workers:{queue_name}"


def sharers_key() -> str:
    """The sorted set with the workers that share the cores of this process."""
    return f"purr:sharers:{whose_cores()}"


def keys_of(queue_name: str) -> list[str]:
    """The sets in which a worker of this queue shows itself."""
    shares = queue_name in (TRAIN, GPU)
    return [workers_key(queue_name), *([sharers_key()] if shares else ())]


def show(client: Any, queue_name: str, worker: str) -> None:
    """Note that this worker is there, and drop the names of those that are gone."""
    now, noting = time.time(), client.pipeline(transaction=False)
    for key in keys_of(queue_name):
        noting.zadd(key, {worker: now})
        noting.zremrangebyscore(key, "-inf", now - PRESENT_S)
        noting.expire(key, 4 * PRESENT_S)  # machines come and go
    noting.execute()


def withdraw(client: Any, queue_name: str, worker: str) -> None:
    """Note that this worker has ended."""
    for key in keys_of(queue_name):
        client.zrem(key, worker)


def count_sharers(client: Any) -> int:
    """Returns how many workers are there that share the cores of this process."""
    return int(client.zcount(sharers_key(), time.time() - PRESENT_S, "inf"))


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
