"""Idempotency keys: a caller that sends one key with two requests wants one job, or one scoring.

Redis key:

    purr:idempotency:{digest of the key}    the id of the job or scoring and the request's digest,
                                            for a day
"""

import hashlib
import json
import math
from typing import Any

import redis

from worker.errors import IdempotencyConflict, QueueUnavailable
from worker.jobs.fill_mark import filled
from worker.jobs.record import kind_of
from worker.jobs.redis_connection import redis_named
from worker.jsontypes import Json

KEPT_S = 24 * 3600

# Only while the key still belongs to this request, and no job was made of it.
RELEASE = """
if redis.call('GET', KEYS[1]) == ARGV[1] and redis.call('EXISTS', KEYS[2]) == 0 then
  redis.call('DEL', KEYS[1])
end
"""


class Keys:
    """Which job belongs to each key. Only digests are kept: a key may be a caller's secret.

    Every method raises QueueUnavailable if Redis does not answer.
    """

    def __init__(self, client: redis.Redis) -> None:
        self._redis: Any = client
        self._release = client.register_script(RELEASE)

    def reserve(self, key: str, body: Json, record_id: str) -> tuple[str, Json]:
        """Give a key to the first request that comes with it.

        Args:
            record_id: the id that the job gets if this request is the first.

        Returns:
            The id of the job that belongs to the key, and the digests of key and request, which
            the store keeps with the job's request.

        Raises:
            IdempotencyConflict: the key belongs to another request.
            QueueUnavailable: Redis does not answer, or was wiped and is not filled again yet.
        """
        about = {"key": digest(key), "body": digest(json.dumps(body, sort_keys=True))}
        entry = json.dumps([record_id, about["body"]])
        if not filled(self._redis):  # it may have forgotten this key
            raise QueueUnavailable("Redis is being told again what it knew; try again shortly.")
        with redis_named():
            before = self._redis.set(redis_key(about["key"]), entry, nx=True, ex=KEPT_S, get=True)
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
        """Free the key of a request that was refused, so that a corrected one may use it."""
        entry = json.dumps([record_id, about["body"]])
        with redis_named():
            record = f"purr:{kind_of(record_id)}:{record_id}"
            self._release(keys=[redis_key(about["key"]), record], args=[entry])

    def restore(self, record_id: str, about: Json, age_s: float) -> None:
        """Bring back a key that Redis has forgotten, unless it is too old or given to another job.

        Args:
            about: the digests that `reserve` returned.
            age_s: for how long the key has been in use.
        """
        if (left := math.ceil(KEPT_S - age_s)) > 0:
            entry = json.dumps([record_id, about["body"]])
            with redis_named():
                self._redis.set(redis_key(about["key"]), entry, nx=True, ex=left)


def redis_key(key_digest: str) -> str:
    """The key in Redis of an idempotency key."""
    return f"purr:idempotency:{key_digest}"


def digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()
