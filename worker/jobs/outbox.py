"""The outbox of webhooks: which messages about jobs are to be sent, and what became of them.

Redis keys:

    purr:webhook:{id}    a delivery: a hash, forgotten when it is KEPT_S old
    purr:webhooks        the ids of all deliveries by the time they were made
    purr:webhooks:due    the ids of those that are pending by the time of their next try
"""

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any

import redis

from worker.errors import WebhookNotFound
from worker.jobs.redis_connection import redis_named

KEPT_S = 30 * 86_400

# Puts a delivery into the outbox. Whatever script moves a job's state into a final one does this
# too, in the same breath, so that no crash can come between the two. A job ends once, so its id
# makes the delivery's: nothing can put it in twice.
ANNOUNCE = f"""
local function announce(job, kind, url, now)
  local id = 'msg_' .. string.sub(job, 5)
  redis.call('HSET', 'purr:webhook:' .. id, 'job', job, 'type', kind, 'url', url,
             'state', 'pending', 'attempts', 0, 'spent', 0, 'created_at', now, 'next_at', now)
  redis.call('EXPIRE', 'purr:webhook:' .. id, {KEPT_S})
  redis.call('ZADD', 'purr:webhooks', now, id)
  redis.call('ZADD', 'purr:webhooks:due', now, id)
end
"""

NOW = """
local t = redis.call('TIME')
local now = t[1] * 1000 + math.floor(t[2] / 1000)
"""

ADD = ANNOUNCE + NOW + "announce(ARGV[1], ARGV[2], ARGV[3], now)"

# The lease is a due time in the future: until then nobody else takes the delivery, and if its
# sender dies, somebody does from then on.
TAKE = f"""
{NOW}
local lease = now + ARGV[1]
redis.call('ZREMRANGEBYSCORE', 'purr:webhooks', '-inf', now - {KEPT_S * 1000})
while true do
  local id = redis.call('ZRANGEBYSCORE', 'purr:webhooks:due', '-inf', now, 'LIMIT', 0, 1)[1]
  if not id then return false end
  local delivery = 'purr:webhook:' .. id
  if redis.call('EXISTS', delivery) == 1 then
    redis.call('ZADD', 'purr:webhooks:due', lease, id)
    redis.call('HINCRBY', delivery, 'attempts', 1)
    redis.call('HSET', delivery, 'leased_until', lease)
    return {{id, redis.call('HGETALL', delivery)}}
  end
  redis.call('ZREM', 'purr:webhooks:due', id)
end
"""

# The number of the attempt is the fence: a sender whose lease lapsed may say nothing any more.
SETTLE = f"""
{NOW}
local id, want = ARGV[1], cjson.decode(ARGV[2])
local delivery = 'purr:webhook:' .. id
local found = redis.call('HMGET', delivery, 'state', 'attempts')
if found[1] ~= 'pending' or found[2] ~= want.attempt then return 0 end
for field, value in pairs(want.set) do redis.call('HSET', delivery, field, value) end
redis.call('HDEL', delivery, 'leased_until')
if want.set.state == 'pending' then
  redis.call('HSET', delivery, 'next_at', now + want.delay_ms)
  redis.call('ZADD', 'purr:webhooks:due', now + want.delay_ms, id)
else
  redis.call('ZREM', 'purr:webhooks:due', id)
end
if want.set.state == 'delivered' then redis.call('HSET', delivery, 'delivered_at', now) end
return 1
"""

# One that is on its way stays there. One that had ended begins its schedule anew: the attempts
# made so far are spent.
REPLAY = f"""
{NOW}
local id = ARGV[1]
local delivery = 'purr:webhook:' .. id
local found = redis.call('HMGET', delivery, 'state', 'attempts', 'leased_until')
if not found[1] then return false end
if not (found[1] == 'pending' and found[3] and tonumber(found[3]) > now) then
  if found[1] ~= 'pending' then
    redis.call('HSET', delivery, 'state', 'pending', 'spent', found[2])
  end
  redis.call('HSET', delivery, 'next_at', now)
  redis.call('ZADD', 'purr:webhooks:due', now, id)
end
return {{id, redis.call('HGETALL', delivery)}}
"""


class DeliveryState(StrEnum):
    PENDING = "pending"  # to be sent, for the first time or again
    DELIVERED = "delivered"  # the receiver said that it has it
    FAILED = "failed"  # every try failed, or none can succeed
    GONE = "gone"  # the receiver said that it wants no more


@dataclass(frozen=True)
class Delivery:
    """One message to one receiver: how a job ended."""

    id: str
    job: str
    type: str
    url: str
    state: DeliveryState
    attempts: int
    spent: int  # attempts made before the last replay
    created_at: datetime
    next_at: datetime | None = None  # of the next try, while it is pending
    delivered_at: datetime | None = None  # when that last succeeded
    last_status: int | None = None  # the HTTP status that the last try was answered with
    last_error: str | None = None  # why the last try failed

    @property
    def tries(self) -> int:
        """How often this round was tried."""
        return self.attempts - self.spent


@dataclass(frozen=True)
class Outcome:
    """What a try led to; `delay_s` is until the next one, for a delivery that stays pending."""

    state: DeliveryState
    status: int | None = None
    error: str | None = None
    delay_s: float = 0.0


class Outbox:
    """All deliveries. Any number of senders may share it: each move is one script."""

    def __init__(self, client: redis.Redis) -> None:
        # Any: its answers are typed for both kinds of client, with text and with bytes, at once.
        self._redis: Any = client
        self._add = client.register_script(ADD)
        self._take = client.register_script(TAKE)
        self._settle = client.register_script(SETTLE)
        self._replay = client.register_script(REPLAY)

    def add(self, job_id: str, kind: str, url: str) -> str:
        """Tell the receiver at this address of `job.succeeded`, say; gives the delivery's id."""
        with redis_named():
            self._add(args=[job_id, kind, url])
        return delivery_id(job_id)

    def take(self, lease_s: float) -> Delivery | None:
        """The delivery that is due the longest, this caller's alone for so many seconds."""
        with redis_named():
            found = self._take(args=[int(lease_s * 1000)])
        return found and delivery_of(*found)

    def settle(self, mine: Delivery, outcome: Outcome) -> bool:
        """Write down what came of a try; False when it came too late to count."""
        want = {
            "attempt": str(mine.attempts),
            "delay_ms": int(outcome.delay_s * 1000),
            "set": {
                "state": outcome.state,
                "last_status": str(outcome.status or ""),
                "last_error": outcome.error or "",
            },
        }
        with redis_named():
            return bool(self._settle(args=[mine.id, json.dumps(want)]))

    def replay(self, asked: str) -> Delivery:
        """Make it due now; one that is being sent at this moment is left alone."""
        # Whatever is no id must not meet a key.
        if not re.fullmatch(r"msg_[0-9a-f]{32}", asked):
            raise missing(asked)
        with redis_named():
            found = self._replay(args=[asked])
        if not found:
            raise missing(asked)
        return delivery_of(*found)

    def page(self, limit: int, after: str | None = None) -> list[Delivery]:
        """Up to `limit` deliveries, the newest first, made before the one with the id `after`."""
        with redis_named():
            start = 0
            if after is not None:
                rank = self._redis.zrevrank("purr:webhooks", after)
                if rank is None:  # it was forgotten, and so was everything older
                    return []
                start = rank + 1
            ids = self._redis.zrevrange("purr:webhooks", start, start + limit - 1)
        return self._existing(ids)

    def of_job(self, job_id: str) -> list[Delivery]:
        """The delivery that tells of this job, if there is one."""
        return self._existing([delivery_id(job_id)])

    def _existing(self, ids: Sequence[str]) -> list[Delivery]:
        with redis_named():
            pipeline = self._redis.pipeline(transaction=False)
            for found in ids:
                pipeline.hgetall(f"purr:webhook:{found}")
            rows = pipeline.execute()
        pairs = zip(ids, rows, strict=True)
        return [delivery_from(found, fields) for found, fields in pairs if fields]


def delivery_id(job_id: str) -> str:
    return f"msg_{job_id.removeprefix('job_')}"


def missing(asked: str) -> WebhookNotFound:
    return WebhookNotFound(f"{WebhookNotFound.__doc__} Asked for: {asked!r:.60}.")


def delivery_of(found: str, flat: Sequence[str]) -> Delivery:
    return delivery_from(found, dict(zip(flat[::2], flat[1::2], strict=True)))


def delivery_from(found: str, fields: Mapping[str, str]) -> Delivery:
    state = DeliveryState(fields["state"])
    return Delivery(
        id=found,
        job=fields["job"],
        type=fields["type"],
        url=fields["url"],
        state=state,
        attempts=int(fields["attempts"]),
        spent=int(fields["spent"]),
        created_at=moment(fields["created_at"]),
        next_at=moment(fields["next_at"]) if state is DeliveryState.PENDING else None,
        delivered_at=moment(fields["delivered_at"]) if fields.get("delivered_at") else None,
        last_status=int(fields["last_status"]) if fields.get("last_status") else None,
        last_error=fields.get("last_error") or None,
    )


def moment(milliseconds: str) -> datetime:
    return datetime.fromtimestamp(int(milliseconds) / 1000, UTC)
