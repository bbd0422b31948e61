"""How what is old goes: in an order that whoever dies meanwhile may leave, and counted.

Redis key:

    purr:counters    fields `expired:{kind}` and `expired_bytes:{kind}`
"""

from typing import Any

import redis

from worker.jobs.counters import COUNTERS
from worker.jobs.redis_connection import redis_named
from worker.jobs.trash_scripts import FORGET
from worker.store.store import Store

EXPIRED, EXPIRED_BYTES = "expired", "expired_bytes"


class Expiry:
    """Removes files of a kind, and the records of whole jobs."""

    def __init__(self, client: redis.Redis, store: Store) -> None:
        self._redis: Any = client
        self._store = store
        self._forget = client.register_script(FORGET)

    def remove(self, kind: str, record_id: str) -> int:
        """Remove what there is of a kind. Returns its bytes.

        A whole job is marked, then its record goes, and its files last. Whoever dies in between
        leaves it as it was, or marked and without a record; a Redis that is told anew brings the
        record back, which is as old as before.

        Raises:
            QueueUnavailable: Redis does not answer.
            OSError: something cannot be removed.
        """
        if kind == "jobs":
            self._store.expiring.mark(record_id)
            with redis_named():
                self._forget(keys=["purr:job", record_id], args=[""])
        size = self._store.expiring.drop(kind, record_id)
        if kind == "originals":
            self._store.originals.drop_unused()
        with redis_named():
            self._redis.hincrby(COUNTERS, f"{EXPIRED}:{kind}", 1)
            self._redis.hincrby(COUNTERS, f"{EXPIRED_BYTES}:{kind}", size)
        return size
