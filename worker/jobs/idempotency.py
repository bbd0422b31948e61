"""Keys by which callers say that two requests are one.

`purr:idempotency:{digest of the key}` holds the record's id and the digest of the request, for a
day.
"""

import hashlib
import json
import math
from typing import Any

import redis

from worker.errors import IdempotencyConflict, QueueUnavailable
from worker.jobs.fill_mark import filled
from worker.jobs.redis_connection import redis_named
from worker.jsontypes import Json

KEPT_S = 24 * 3600
RELEASE = """
if redis.call('GET', KEYS[1]) == ARGV[1] and redis.call('EXISTS', KEYS[2]) == 0 then
  redis.call('DEL', KEYS[1])
end
"""


class Keys:
    """What was asked for by each key."""

    def __init__(self, client: redis.Redis) -> None:
        self._redis: Any = client
        self._release = client.register_script(RELEASE)

    def reserve(self, key: str, body: Json, record_id: str) -> tuple[str, Json]:
        """The id that a request with this key has: this one, if it is the first; and what the
        archive needs to know of it.

        Raises:
            IdempotencyConflict: the key belongs to another request.
            QueueUnavailable: Redis does not answer, or may have forgotten keys.
        """
        about = {"key": digest(key), "body": digest(json.dumps(body, sort_keys=True))}
        entry = json.dumps([record_id, about["body"]])
        if not filled(self._redis):  # then it may have forgotten keys too
            raise QueueUnavailable("Redis is being told again what it knew; try again shortly.")
        with redis_named():
            before = self._redis.set(place(about["key"]), entry, nx=True, ex=KEPT_S, get=True)
        if before is None:
            return record_id, about
        first, its_body = json.loads(before)
        if its_body != about["body"]:
            raise IdempotencyConflict(
                f"Expected the request that came with this Idempotency-Key first, of {first}, got "
                "another one. Send a new key with a new request."
            )
        return first, about

    def release(self, about: Json, record_id: str) -> None:
        """Forget a key whose request was refused: the same one, put right, may come with it."""
        entry = json.dumps([record_id, about["body"]])
        with redis_named():
            self._release(keys=[place(about["key"]), f"purr:job:{record_id}"], args=[entry])

    def restore(self, record_id: str, about: Json, age_s: float) -> None:
        """Have a key again that came with a request so long ago."""
        if (left := math.ceil(KEPT_S - age_s)) > 0:
            entry = json.dumps([record_id, about["body"]])
            with redis_named():
                self._redis.set(place(about["key"]), entry, nx=True, ex=left)


def place(key: str) -> str:
    return f"purr:idempotency:{key}"


def digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()
