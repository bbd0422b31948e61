"""Recovery: a Redis that was wiped or restarted is told again what the store knows."""

import json
import logging
import sys
import time
from contextlib import suppress
from functools import partial
from typing import Any

import redis

from worker.jobs.api_keys import KeyRecords
from worker.jobs.fill_mark import filled, filling
from worker.jobs.idempotency import Keys
from worker.jobs.record import DELETABLE, DURABLE, FILED, FINAL, State, created_ms, time_text
from worker.jobs.redis_connection import redis_named
from worker.jobs.redis_records import TRASHED, Expected
from worker.jobs.transitions import Transitions, rank_of
from worker.jobs.trash_scripts import FORGET
from worker.jsontypes import Json
from worker.store.labels import FOLDERS as LABELLED
from worker.store.store import Store

log = logging.getLogger(__name__)


class Recovery:
    """Fills Redis from the store. Any number of processes may do so at once."""

    def __init__(self, client: redis.Redis, records: dict[str, Transitions], store: Store) -> None:
        self._redis: Any = client
        self._records, self._keys = records, Keys(client)
        self._api_keys = KeyRecords(client)
        self._forget = client.register_script(FORGET)
        self._archive, self._store = store.archive, store

    def fill(self) -> None:
        """Bring back every record that the store knows and Redis has forgotten. Does nothing while
        Redis certainly knows them all.

        Raises:
            QueueUnavailable: Redis does not answer.
        """
        self._api_keys.fill(self._store.api_keys)
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
            if fields.get("state") not in FILED:
                attempt = self._archive.last_attempt(record_id) if kind == "job" else 0
                fields = unfinished(record_id, request["body"], attempt, fields)
            if kind in DELETABLE:
                fields["trashed_until"] = self._archive.trashed_until(record_id)
            back = records.restore(record_id, fields)
            if kind in LABELLED:
                self._label(records, record_id, back)
            if kind in DELETABLE and not back:
                self._correct(records, record_id, fields["trashed_until"])
            if back and fields["state"] in FINAL:
                # Redis has an older state of it, whose events lack the end. The store has them all.
                with redis_named():
                    self._redis.delete(f"purr:{kind}:{record_id}:events")
            if key := request.get("idempotency"):
                self._keys.restore(record_id, key, time.time() - created_ms(record_id) / 1000)
            found += back
        if kind in DELETABLE:
            self._forget_deleted(records)
        return found

    def _label(self, records: Transitions, record_id: str, back: bool) -> None:
        """Have filters find a record by what is said of it, and by the labels that were set."""
        told = False
        with suppress(FileNotFoundError):  # it was deleted meanwhile
            tell = partial(records.label, record_id)
            told = self._store.labels.tell(records.kind, record_id, tell)
        if not told and not back:  # one that is back was found by them from the start
            records.label(record_id, None)

    def _correct(self, records: Transitions, record_id: str, until_ms: str) -> None:
        """Have Redis know whether something is in the trash: it may have read an old snapshot. What
        it knows and has not filed yet is newer than what the store knows."""
        with redis_named():
            newer = self._redis.zscore(f"purr:{records.kind}s:unfiled", record_id) is not None
        record = records.get(record_id)
        now = time_text(record.trashed_until)
        if now != until_ms and not newer:
            expect: Expected = {"state": [record.state], "trashed_until": [now]}
            records.put_back(record_id, expect, {"trashed_until": until_ms})

    def _forget_deleted(self, records: Transitions) -> None:
        """Delete the records of imports of which the store has nothing any more: they were deleted
        for good, which an old snapshot does not know. No file is touched for that."""
        for part in (None, TRASHED):
            for record in records.page(part, sys.maxsize, None):
                known = self._archive.knows(record.id) or self._store.has(record.id)
                if record.state in FINAL and not known:
                    now = time_text(record.trashed_until)
                    with redis_named():
                        self._forget(keys=[f"purr:{records.kind}", record.id], args=[now])


def unfinished(record_id: str, body: Json, attempt: int, filed: Json) -> Json:
    """Returns the fields of a record that has not ended: it is queued again.

    Args:
        attempt: the number of the last attempt that left files; the next one gets a higher number.
        filed: the fields that were filed last, of which DURABLE stay true.
    """
    return {
        **{name: filed[name] for name in DURABLE if name in filed},
        "state": State.QUEUED,
        "attempt": str(attempt),
        "rank": rank_of(body),
        "body": json.dumps(body),
        "created_at": str(created_ms(record_id)),
    }
