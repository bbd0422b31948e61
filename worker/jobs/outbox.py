"""Outboxes: which messages about jobs are to be sent, and what became of them."""

import json
import re
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any

import redis

from worker.errors import WebhookNotFound
from worker.jobs.outbox_scripts import ADD, REPLAY, SETTLE, TAKE
from worker.jobs.redis_connection import redis_named

WEBHOOK, MLFLOW = "webhook", "mlflow"
WANTED_S = 7 * 86_400


class DeliveryState(StrEnum):
    """What became of a delivery so far."""

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
        """The number of attempts since the last replay."""
        return self.attempts - self.spent


@dataclass(frozen=True)
class Outcome:
    """What an attempt led to; `delay_s` until the next one, for a delivery that stays pending."""

    state: DeliveryState
    status: int | None = None
    error: str | None = None
    delay_s: float = 0.0


class Outbox:
    """All deliveries for one purpose. Any number of senders may share it: each change is one
    script.

    Every method raises QueueUnavailable if Redis does not answer.

    Args:
        box: the purpose, WEBHOOK or MLFLOW.
    """

    def __init__(self, client: redis.Redis, box: str = WEBHOOK) -> None:
        self._key = f"purr:{box}"
        # Any: its answers are typed for both kinds of client, with text and with bytes, at once.
        self._redis: Any = client
        self._add = client.register_script(ADD)
        self._take = client.register_script(TAKE)
        self._settle = client.register_script(SETTLE)
        self._replay = client.register_script(REPLAY)

    def add(self, job_id: str, kind: str, url: str) -> str:
        """Add a delivery to this URL, of a kind such as `job.succeeded`; returns its id."""
        with redis_named():
            self._add(keys=[self._key], args=[job_id, kind, url])
        return delivery_id(job_id)

    def want_all(self) -> None:
        """Have every job that ends from now on put into this outbox, for WANTED_S."""
        with redis_named():
            self._redis.set(f"{self._key}s:wanted", 1, ex=WANTED_S)

    def take(self, lease_s: float) -> Delivery | None:
        """Returns the delivery that has been due the longest, leased to this caller.

        None if no delivery is due.
        """
        with redis_named():
            found = self._take(keys=[self._key], args=[int(lease_s * 1000)])
        return found and delivery_of(*found)

    def settle(self, taken: Delivery, outcome: Outcome) -> bool:
        """Write down what came of an attempt. Returns False if its lease had lapsed before."""
        want = {
            "attempt": str(taken.attempts),
            "delay_ms": int(outcome.delay_s * 1000),
            "set": {
                "state": outcome.state,
                "last_status": str(outcome.status or ""),
                "last_error": outcome.error or "",
            },
        }
        with redis_named():
            return bool(self._settle(keys=[self._key], args=[taken.id, json.dumps(want)]))

    def replay(self, asked: str) -> Delivery:
        """Make a delivery due now; one that is being sent is left alone.

        Raises:
            WebhookNotFound: no delivery has this id.
        """
        # Only an id may become part of a key.
        if not re.fullmatch(r"msg_[0-9a-f]{32}", asked):
            raise missing(asked)
        with redis_named():
            found = self._replay(keys=[self._key], args=[asked])
        if not found:
            raise missing(asked)
        return delivery_of(*found)

    def replay_failed(self) -> None:
        """Make all deliveries due now that have failed."""
        with redis_named():
            failed = self._redis.zrange(f"{self._key}s:failed", 0, -1)
        for found in failed:
            with suppress(WebhookNotFound):  # it was forgotten
                self.replay(found)

    def page(self, limit: int, after: str | None = None) -> list[Delivery]:
        """Returns up to `limit` deliveries, the newest first, from behind the id `after`."""
        with redis_named():
            start = 0
            if after is not None:
                rank = self._redis.zrevrank(f"{self._key}s", after)
                if rank is None:  # it was forgotten, and so was everything older
                    return []
                start = rank + 1
            ids = self._redis.zrevrange(f"{self._key}s", start, start + limit - 1)
        return self._existing(ids)

    def of_job(self, job_id: str) -> list[Delivery]:
        """Returns the delivery about this job, if there is one."""
        return self._existing([delivery_id(job_id)])

    def _existing(self, ids: Sequence[str]) -> list[Delivery]:
        with redis_named():
            pipeline = self._redis.pipeline(transaction=False)
            for found in ids:
                pipeline.hgetall(f"{self._key}:{found}")
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
