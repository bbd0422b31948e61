"""Keys as they are looked up with every request, for asyncio: in Redis, and remembered for less
than a second; and how many requests each may still make."""

import asyncio
import json
import time
from typing import Any, NamedTuple

import redis.asyncio
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff

from worker.errors import QueueUnavailable
from worker.jobs.apart import Apart
from worker.jobs.api_keys import FILLED, USED, redis_key
from worker.store.api_key import ApiKey

# A key that was revoked is refused after so long, and the time that Redis takes to answer.
FRESH_S = 0.5
ANSWER_S = 2
AT_A_TIME = 16
REMEMBERED = 1024  # keys
USED_EVERY_S = 60
AWAY = "Redis does not answer, so nobody knows whether this key is still good. Try again shortly."
FILLING = "Redis is being told again which keys there are; try again shortly."

# A bucket of as many tokens as there may be requests in a minute, which fills evenly. One that is
# not there is full. It takes its key and how many these are; it answers whether there was a token,
# how many are left, and in how many milliseconds there is one, and all are there.
TAKE = """
local t = redis.call('TIME')
local now, most = t[1] * 1000 + math.floor(t[2] / 1000), tonumber(ARGV[1])
local each_ms = 60000 / most
local found = redis.call('HMGET', KEYS[1], 'tokens', 'at')
local since_ms = math.max(0, now - (tonumber(found[2]) or now))
local tokens = math.min(most, (tonumber(found[1]) or most) + since_ms / each_ms)
local taken = 0
if tokens >= 1 then tokens, taken = tokens - 1, 1 end
redis.call('HSET', KEYS[1], 'tokens', tostring(tokens), 'at', now)
redis.call('PEXPIRE', KEYS[1], 60000)
return {taken, math.floor(tokens), math.ceil((1 - tokens) * each_ms),
        math.ceil((most - tokens) * each_ms)}
"""


class Taken(NamedTuple):
    """What a key may still do.

    Attributes:
        allowed: whether this request may go on.
        left: requests that may be made at once from now on.
        next_ms: until there may be another one; not positive where there may be one now.
        full_ms: until there may be as many at once as at the most.
    """

    allowed: bool
    left: int
    next_ms: int
    full_ms: int


class KeyLookups:
    """Looks keys up. It connects at the first call.

    State: keys that were seen, each with the time from which on it is known so; lookups that are
    under way; when the use of a key was last written down.
    """

    def __init__(self, url: str) -> None:
        # Any: its answers are typed for both kinds of client, with text and with bytes, at once.
        self._redis: Any = redis.asyncio.Redis.from_url(
            url,
            decode_responses=True,
            socket_timeout=ANSWER_S,
            socket_connect_timeout=ANSWER_S,
            retry=Retry(NoBackoff(), 0),
        )
        self._take = self._redis.register_script(TAKE)
        self._apart = Apart(AT_A_TIME)
        self._seen: dict[str, tuple[float, ApiKey]] = {}
        self._asked: dict[str, asyncio.Task[ApiKey | None]] = {}
        self._used: dict[str, float] = {}
        self._away_until = 0.0

    def remembered(self, key_id: str) -> ApiKey | None:
        """Returns a key that was looked up just now; None where that is not so."""
        at, key = self._seen.get(key_id, (0.0, None))
        return key if time.monotonic() - at < FRESH_S else None

    async def find(self, key_id: str) -> ApiKey | None:
        """Returns a key; None where there is none.

        Raises:
            QueueUnavailable: Redis does not answer, or was wiped and is not filled again yet.
        """
        if (key := self.remembered(key_id)) is not None:
            return key
        # One for all who show it at a time; who leaves ends only its own waiting.
        task = self._asked.get(key_id)
        if task is None:
            task = self._asked[key_id] = asyncio.create_task(self._look_up(key_id))
            task.add_done_callback(lambda done: self._answered(key_id, done))
        return await asyncio.shield(task)

    async def note_use(self, key_id: str) -> None:
        """Write down that a key was used, at most once in a minute; not while Redis is away."""
        now = time.monotonic()
        if now - self._used.get(key_id, -USED_EVERY_S) < USED_EVERY_S:
            return
        make_room(self._used)
        self._used[key_id] = now
        try:
            await self._ask(self._redis.hset, USED, key_id, time.time_ns() // 1_000_000)
        except QueueUnavailable:
            del self._used[key_id]

    async def take(self, key_id: str, per_minute: int) -> Taken:
        """Count a request of a key that may make so many in a minute, on all processes together.

        Raises:
            QueueUnavailable: Redis does not answer.
        """
        found = await self._ask(self._take, keys=[f"{redis_key(key_id)}:rate"], args=[per_minute])
        return Taken(bool(found[0]), *found[1:])

    async def close(self) -> None:
        for task in self._asked.values():
            task.cancel()
        await asyncio.gather(*self._asked.values(), return_exceptions=True)
        await self._apart.close()
        await self._redis.aclose()

    async def _look_up(self, key_id: str) -> ApiKey | None:
        asked_at = time.monotonic()
        kept, mark, about = await self._ask(self._answers, key_id)
        if mark != about["run_id"]:
            raise QueueUnavailable(FILLING)
        if kept is None:
            return None
        key = ApiKey.read(json.loads(kept))
        make_room(self._seen)
        self._seen[key_id] = (asked_at, key)
        return key

    async def _answers(self, key_id: str) -> Any:
        asking = self._redis.pipeline(transaction=False)
        return await asking.get(redis_key(key_id)).get(FILLED).info("server").execute()

    async def _ask(self, command: Any, *words: Any, **options: Any) -> Any:
        if time.monotonic() < self._away_until:  # others have just waited for it in vain
            raise QueueUnavailable(AWAY)
        try:
            return await self._apart.ask(command, *words, **options)
        except QueueUnavailable as error:
            self._away_until = time.monotonic() + FRESH_S
            raise QueueUnavailable(AWAY) from error.__cause__

    def _answered(self, key_id: str, task: "asyncio.Task[ApiKey | None]") -> None:
        del self._asked[key_id]
        if not task.cancelled():
            task.exception()  # fetched, or asyncio reports it if nobody waits any more


def make_room(known: dict[str, Any]) -> None:
    """Forget what was learned first, where as much is remembered as may be."""
    while len(known) >= REMEMBERED:
        del known[next(iter(known))]
