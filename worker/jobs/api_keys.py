"""Keys to the API as Redis has them, so that every process knows within a second what has become of
one. The store has them too, and Redis is told again what it has forgotten.

Redis keys:

    purr:key:{id}       a key, as JSON
    purr:key:{id}:rate  how many requests it may make now, as a hash, for a minute
    purr:keys           the ids of all keys
    purr:keys:used      when each was used last, in milliseconds since 1970; about once a minute
    purr:keys:filled    the run id of the Redis process that knows all keys of the store; a key is
                        believed only while that is the one that runs
"""

import json
from collections.abc import Sequence
from typing import Any

import redis

from worker.jobs.redis_connection import redis_named
from worker.store.api_key import ApiKey
from worker.store.api_keys import KeyStore

KEYS, USED, FILLED = "purr:keys", "purr:keys:used", "purr:keys:filled"

# What was decided later has the higher revision. So a fill that has read a key before it was
# revoked never brings it back.
PUT = """
local known = redis.call('GET', KEYS[1])
if known and cjson.decode(known).revision > tonumber(ARGV[2]) then return end
redis.call('SET', KEYS[1], ARGV[3])
redis.call('SADD', KEYS[2], ARGV[1])
"""


# Not where Redis was wiped while it was filled: then the next fill sets the mark.
MARK = """
for number = 3, #ARGV do
  if redis.call('SISMEMBER', ARGV[1], ARGV[number]) == 0 then return end
end
redis.call('SET', KEYS[1], ARGV[2])
"""


class KeyRecords:
    """All keys. Every method raises QueueUnavailable if Redis does not answer."""

    def __init__(self, client: redis.Redis) -> None:
        self._redis: Any = client  # its answers are typed for both kinds of client at once
        self._put, self._mark = client.register_script(PUT), client.register_script(MARK)

    def put(self, key: ApiKey) -> None:
        """Tell Redis of a key, unless it knows a newer state of it."""
        with redis_named():
            self._put(
                keys=[redis_key(key.id), KEYS],
                args=[key.id, key.revision, json.dumps(key.kept())],
            )

    def forget(self, key_id: str) -> None:
        """Remove all of a key."""
        with redis_named():
            self._redis.delete(redis_key(key_id))
            self._redis.srem(KEYS, key_id)
            self._redis.hdel(USED, key_id)

    def used_ms(self, ids: Sequence[str]) -> list[int | None]:
        """Returns when each of these keys was used last, as far as Redis remembers it."""
        with redis_named():
            found = self._redis.hmget(USED, ids) if ids else []
        return [None if at is None else int(at) for at in found]

    def fill(self, store: KeyStore) -> None:
        """Have Redis know the keys that the store knows, and no other. Does nothing while it is
        certain to: after a restart it may have read an old snapshot.
        """
        with redis_named():
            run_id = self._redis.info("server")["run_id"]
            if self._redis.get(FILLED) == run_id:
                return
            known = self._redis.smembers(KEYS)
        kept = store.all()
        for key in kept:
            self.put(key)
        for key_id in known:
            if store.get(key_id) is None:
                self.forget(key_id)
        with redis_named():
            self._mark(keys=[FILLED], args=[KEYS, run_id, *(key.id for key in kept)])


def redis_key(key_id: str) -> str:
    return f"purr:key:{key_id}"
