"""Records between Redis and the store: a Redis that has lost everything is filled again."""

import json
import logging
import math
import time
from typing import Any

import redis

from worker.errors import DatasetNotFound, JobNotFound, StoreFull
from worker.jobs.idempotency import Keys
from worker.jobs.record import FINAL, Record, State
from worker.jobs.redis_connection import redis_named
from worker.jobs.redis_records import KEPT, filled, filling
from worker.jobs.transitions import Transitions, rank_of
from worker.jsontypes import Json
from worker.store.store import Store

TIDY_S, MOST_AGE_S, LEFT_S = 600, 60, 3600
# Unless it has moved on since.
DONE = """
if (redis.call('HGET', KEYS[1], 'state') or '') == ARGV[2] then
  redis.call('ZREM', KEYS[2], ARGV[1])
end
"""
LOCK_S = 5  # for one sweep, which takes milliseconds; two at once do no harm
STANDING = ("requested", "requested_at", "device")
EVENTS_S = 24 * 3600  # for which the events of what is over stay in Redis

log = logging.getLogger(__name__)


class Archiver:
    """Takes records to the archive, and back."""

    def __init__(self, client: redis.Redis, records: dict[str, Transitions], store: Store) -> None:
        self._redis: Any = client
        self._records, self._keys = records, Keys(client)
        self._store, self._archive = store, store.archive
        self._done = client.register_script(DONE)
        self._tidied = -math.inf

    def alone(self) -> Any:
        """A lock that one process has at a time, and nobody for long once that is dead."""
        return self._redis.lock("purr:reaper", timeout=LOCK_S, blocking=False)

    def file(self, record_id: str) -> None:
        """Keep a record as it stands; if it is over, with its events and without what was to help
        another attempt. Twice is once."""
        kind, _, _ = record_id.partition("_")
        key, unfiled = f"purr:{kind}:{record_id}", f"purr:{kind}s:unfiled"
        # Whoever writes last looks last: of two at once, none leaves an older state behind.
        written: Json | None = None
        while (fields := self._standing(key)) and written != standing_of(fields):
            if self._archive.state(record_id) in FINAL:  # its events may be gone from Redis
                break
            over = fields["state"] in FINAL
            with redis_named():
                events = self._redis.xrange(f"{key}:events") if over else None
            lines = None if events is None else [event_of(*event) for event in events]
            self._archive.file(record_id, fields, lines)
            written = standing_of(fields)
        self._clear(record_id, fields.get("state"))
        with redis_named():
            if fields.get("state") in FINAL:
                self._redis.expire(f"{key}:events", EVENTS_S)
            self._done(keys=[key, unfiled], args=[record_id, fields.get("state", "")])

    def clear(self, late: Record) -> None:
        """Remove what an attempt that came too late has left: what was to help another one, if
        there will be none, and the model of a job that was given up before it was published."""
        kind, _, _ = late.id.partition("_")
        state = self._standing(f"purr:{kind}:{late.id}").get("state")
        self._clear(late.id, state)
        if state == State.FAILED and kind == "job":
            self._store.models.withdraw(late.body["model"], late.id)

    def published(self, record: Record) -> bool:
        """Whether its model is there, so that another attempt has but to say so."""
        if record.version is None:
            return False
        return self._store.models.version_of(record.body["model"], record.id) is not None

    def _standing(self, key: str) -> Json:
        with redis_named():
            fields: Json = self._redis.hgetall(key)
        return fields

    def _clear(self, record_id: str, state: str | None) -> None:
        if state in FINAL - {State.FAILED}:  # a failed job's last checkpoint may tell why
            self._store.jobs.drop_checkpoints(record_id)

    def file_all(self) -> None:
        """Keep what is to be kept and has not been."""
        for kind in self._records:
            with redis_named():
                ids = self._redis.zrange(f"purr:{kind}s:unfiled", 0, 99)
            for record_id in ids:
                try:
                    self.file(record_id)
                except (StoreFull, OSError) as error:
                    log.warning("%s is not in the store yet: %s", record_id, error)

    def tidy(self) -> None:
        """Now and then, remove what processes left that died: half-written files, and uploads and
        requests whose callers never got an answer."""
        if time.monotonic() - self._tidied < TIDY_S:
            return
        self._tidied = time.monotonic()
        self._store.drop_leftovers(LEFT_S)
        for kind, records in self._records.items():
            uploads = self._store.uploads.forsaken(LEFT_S) if kind == "ds" else []
            for record_id in [*self._archive.unanswered(kind, MOST_AGE_S), *uploads]:
                try:
                    records.get(record_id)
                except (JobNotFound, DatasetNotFound):
                    if not filled(self._redis):  # it was wiped a moment ago, and knows nothing
                        return
                    log.warning("%s was never accepted", record_id)
                    self._archive.withdraw(record_id)
                    self._store.uploads.drop(record_id)

    def fill(self) -> None:
        """Bring back what a Redis that was wiped, or started again, has forgotten. Any number may
        do so at once."""
        if filled(self._redis):
            return
        with filling(self._redis):
            kinds = self._records.items()
            found = sum(self._fill(kind, records) for kind, records in kinds)
        if found:
            log.warning("Redis had forgotten %d records; they are back", found)

    def _fill(self, kind: str, records: Transitions) -> int:
        found = 0
        for record_id, request, fields in self._archive.all(kind):
            if fields.get("state") not in KEPT:
                attempt = self._archive.last_attempt(record_id) if kind == "job" else 0
                fields = unfinished(record_id, request["body"], attempt, fields)
            back = records.restore(record_id, fields)
            if back and fields["state"] in FINAL:
                with redis_named():  # they end before the end that is in the store
                    self._redis.delete(f"purr:{kind}:{record_id}:events")
            if key := request.get("idempotency"):
                self._keys.restore(record_id, key, time.time() - born_ms(record_id) / 1000)
            found += back
        return found


def unfinished(record_id: str, body: Json, attempt: int, filed: Json) -> Json:
    """The fields of a record that is to be worked on; of those that were filed last, what was asked
    of it meanwhile and where it began stay true."""
    return {
        **{name: filed[name] for name in STANDING if name in filed},
        "state": State.QUEUED,
        "attempt": str(attempt),
        "rank": rank_of(body),
        "body": json.dumps(body),
        "created_at": str(born_ms(record_id)),
    }


def standing_of(fields: Json) -> Json:
    """What a record must not lose: where it stands, and what was asked of it."""
    return {name: fields.get(name) for name in ("state", "attempt", *STANDING)}


def born_ms(record_id: str) -> int:
    """When the id was made (RFC 9562, 5.7)."""
    return int(record_id.partition("_")[2][:12], 16)


def event_of(event_id: str, fields: dict[str, str]) -> Json:
    """An entry of a record's stream as it is told."""
    others = dict(fields)
    name = others.pop("event")
    data = json.loads(others["data"]) if "data" in others else others
    return {"id": event_id, "event": name, "data": data}
