"""The lock that lets one process sweep at a time.

Redis key:

    purr:reaper    held for LOCK_S at most, so the lock of a process that died ends by itself
"""

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any

from redis.exceptions import LockError

from worker.jobs.redis_connection import redis_named

LOCK_S = 5  # for one sweep, which takes milliseconds; two at once do no harm


@contextmanager
def sweeping(client: Any) -> Iterator[bool]:
    """Yields whether this process may sweep during the block; it may not while another one does.

    Raises:
        QueueUnavailable: Redis does not answer.
    """
    lock = sweep_lock(client)
    with redis_named():
        held = lock.acquire()
    if not held:
        yield False
        return
    try:
        yield True
    finally:
        # Within redis_named, which would take a lock that has lapsed for a fault of Redis.
        with redis_named(), suppress(LockError):
            lock.release()


def sweep_lock(client: Any) -> Any:
    """Returns the lock of redis-py, which is not acquired yet."""
    return client.lock("purr:reaper", timeout=LOCK_S, blocking=False)
