"""Archiving: a record and its events are copied from Redis into the store."""

import json
import logging
from typing import Any

import redis

from worker.errors import StoreFull
from worker.jobs.garbage import drop_useless
from worker.jobs.record import DELETABLE, DURABLE, FINAL, kind_of
from worker.jobs.redis_connection import redis_named
from worker.jobs.transitions import Transitions
from worker.jsontypes import Json
from worker.store.store import Store

EVENTS_S = 24 * 3600  # for which the events of a record that has ended stay in Redis
AT_ONCE = 100  # records of a kind that one call of `file_all` takes

# A record that has moved on since it was filed has to be filed again, and stays listed.
UNLIST = """
local found = redis.call('HMGET', KEYS[1], 'state', 'trashed_until')
if (found[1] or '') == ARGV[2] and (found[2] or '') == ARGV[3] then
  redis.call('ZREM', KEYS[2], ARGV[1])
end
"""

log = logging.getLogger(__name__)


class Archiver:
    """Files records in the store. Any number of processes may file the same one at once."""

    def __init__(self, client: redis.Redis, records: dict[str, Transitions], store: Store) -> None:
        self._redis: Any = client
        self._kinds, self._store, self._archive = [*records], store, store.archive
        self._unlist = client.register_script(UNLIST)

    def file(self, record_id: str) -> None:
        """File a record as it is now; if it has ended, also its events, and drop what it has no use
        for any more. Of an import, also file whether its result is in the trash.

        Raises:
            QueueUnavailable: Redis does not answer.
            StoreFull: the disk is full.
            OSError: the record's folder cannot be written.
        """
        kind = kind_of(record_id)
        key, unfiled = f"purr:{kind}:{record_id}", f"purr:{kind}s:unfiled"
        # Two processes may file at once, and the slower one may write the older state. So each
        # reads the record again after it has written, and writes again if that has changed.
        written: Json | None = None
        while (fields := self._fields(key)) and written != durable(fields):
            if self._archive.state(record_id) in FINAL:  # its events may be gone from Redis
                break
            over = fields["state"] in FINAL
            with redis_named():
                events = self._redis.xrange(f"{key}:events") if over else None
            lines = None if events is None else [filed_event(*event) for event in events]
            self._archive.file(record_id, fields, lines)
            written = durable(fields)
        drop_useless(self._store, record_id, fields.get("state"))
        until_ms = self._file_trashed(record_id, key) if kind in DELETABLE else ""
        with redis_named():
            if fields.get("state") in FINAL:
                self._redis.expire(f"{key}:events", EVENTS_S)
            self._unlist(keys=[key, unfiled], args=[record_id, fields.get("state", ""), until_ms])

    def file_all(self) -> None:
        """File the records that have changed and are not filed yet. One that cannot be written is
        logged, and tried again at the next call.

        Raises:
            QueueUnavailable: Redis does not answer.
        """
        for kind in self._kinds:
            with redis_named():
                ids = self._redis.zrange(f"purr:{kind}s:unfiled", 0, AT_ONCE - 1)
            for record_id in ids:
                try:
                    self.file(record_id)
                except (StoreFull, OSError) as error:
                    log.warning("%s is not in the store yet: %s", record_id, error)

    def _file_trashed(self, dataset_id: str, key: str) -> str:
        """File until when a dataset is in the trash, and return that; again if it has changed."""
        written: str | None = None
        while (fields := self._fields(key)) and fields.get("trashed_until", "") != written:
            written = fields.get("trashed_until", "")
            self._archive.keep_trashed(dataset_id, written)
        return written or ""

    def _fields(self, key: str) -> Json:
        with redis_named():
            fields: Json = self._redis.hgetall(key)
        return fields


def durable(fields: Json) -> Json:
    """Returns the fields by which one filed version of a record differs from the next."""
    return {name: fields.get(name) for name in ("state", "attempt", *DURABLE)}


def filed_event(event_id: str, fields: dict[str, str]) -> Json:
    """Returns an entry of a record's stream as a line of the store."""
    others = dict(fields)
    name = others.pop("event")
    data = json.loads(others["data"]) if "data" in others else others
    return {"id": event_id, "event": name, "data": data}
