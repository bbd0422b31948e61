"""Questions to a worker about a job that nobody has submitted. They are no records: nothing comes
of them but an answer, and whatever is lost of them is not missed.

Redis keys, which end by themselves:

    purr:estimate:{id}           what is asked, until a worker takes it or nobody waits any more
    purr:estimate:{id}:found     what the worker has found out so far
    purr:estimating              held while one is asked: a job waits for no more than one
"""

import json
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any

import redis
from redis.exceptions import LockError

from worker.jobs.redis_connection import redis_named
from worker.jsontypes import Json

QUESTION = "est"  # the prefix of the id of one, as the kinds of records have theirs
KEPT_S = 10  # beyond any answer that is waited for


class Questions:
    """All questions. Every method raises QueueUnavailable if Redis does not answer."""

    def __init__(self, client: redis.Redis) -> None:
        self._redis: Any = client  # its answers are typed for both kinds of client at once

    @contextmanager
    def alone(self) -> Iterator[bool]:
        """Yields whether something may be asked during the block; it may not while somebody else
        asks."""
        lock = self._redis.lock("purr:estimating", timeout=KEPT_S, blocking=False)
        with redis_named():
            held = lock.acquire()
        try:
            yield held
        finally:
            # Within redis_named, which would take a lock that has lapsed for a fault of Redis.
            with redis_named(), suppress(LockError):
                if held:
                    lock.release()

    def ask(self, question: str, body: Json) -> None:
        """Put down what is asked, for the worker that is woken for it."""
        with redis_named():
            self._redis.set(key(question), json.dumps(body), ex=KEPT_S)

    def waiting_s(self, question: str) -> float:
        """Returns for how long a question waits to be taken; 0 where it does not."""
        with redis_named():
            left_ms = self._redis.pttl(key(question))
        return KEPT_S - left_ms / 1000 if left_ms > 0 else 0.0

    def take(self, question: str) -> Json | None:
        """Returns what is asked, to the first who wants it: later, and where nobody waits any more,
        None."""
        with redis_named():
            body = self._redis.getdel(key(question))
        return None if body is None else json.loads(body)

    def tell(self, question: str, found: Json) -> None:
        """Replace what was found out before."""
        with redis_named():
            self._redis.set(f"{key(question)}:found", json.dumps(found), ex=KEPT_S)

    def told(self, question: str) -> Json | None:
        """Returns what was found out so far, if anything was."""
        with redis_named():
            found = self._redis.get(f"{key(question)}:found")
        return None if found is None else json.loads(found)

    def forget(self, question: str) -> None:
        """Remove all of a question."""
        with redis_named():
            self._redis.delete(key(question), f"{key(question)}:found")


def key(question: str) -> str:
    return f"purr:estimate:{question}"
