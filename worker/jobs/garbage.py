"""Garbage: files in the store that nobody needs any more, left by processes that died."""

import logging
import math
import time

import redis

from worker.errors import RecordNotFound
from worker.jobs.fill_mark import filled
from worker.jobs.needing import needing
from worker.jobs.record import DELETABLE, FINAL, Record, State, kind_of
from worker.jobs.transitions import Transitions
from worker.store.store import Store

PERIOD_S = 600  # between two collections of one process
UNANSWERED_S = 60  # after which a request without a record was never accepted
LEFTOVER_S = 3600  # after which a half-written file, or an upload, has no writer any more
UNPUBLISHED = FINAL - {State.SUCCEEDED}  # states of an import of which nothing is to be kept

log = logging.getLogger(__name__)


class Garbage:
    """Removes files that nobody needs any more."""

    def __init__(self, client: redis.Redis, records: dict[str, Transitions], store: Store) -> None:
        self._redis = client
        self._records, self._store, self._archive = records, store, store.archive
        self._collected = -math.inf  # when this process did so last, by the monotonic clock

    def collect(self) -> None:
        """Remove half-written files, requests that were never accepted, and uploads that were not
        or whose import is over. Does nothing if this process has done so within PERIOD_S.

        Raises:
            QueueUnavailable: Redis does not answer.
        """
        if time.monotonic() - self._collected < PERIOD_S:
            return
        self._collected = time.monotonic()
        self._store.drop_leftovers(LEFTOVER_S)
        for kind, records in self._records.items():
            uploads = {*self._store.uploads.forsaken(kind, LEFTOVER_S)}
            for record_id in {*self._archive.unanswered(kind, UNANSWERED_S)} | uploads:
                try:
                    is_over = records.get(record_id).state in FINAL
                except RecordNotFound:
                    if not filled(self._redis):  # it was wiped a moment ago, and knows nothing
                        return
                    log.warning("%s was never accepted", record_id)
                    self._archive.withdraw(record_id)
                    is_over = True
                # One that came to its end a moment ago may still be accepted.
                if is_over and record_id in uploads:
                    self._store.uploads.drop(record_id)

    def drop_late(self, record: Record) -> None:
        """Remove what an attempt has left that lost its lease and went on working.

        These are its checkpoints or what it imported, if no attempt will follow, and its model, if
        the job was given up before the model was there, and nobody has begun with it meanwhile.

        Raises:
            QueueUnavailable: Redis does not answer.
        """
        try:
            state = self._records[record.kind].get(record.id).state
        except RecordNotFound:
            return
        drop_useless(self._store, record.id, state)
        if state is State.FAILED and record.kind == "job" and not self._is_wanted(record):
            self._store.withdraw_model(record.body["model"], record.id)

    def _is_wanted(self, record: Record) -> bool:
        """Whether a job that is not over starts from the model of this one."""
        name = record.body["model"]
        version = self._store.models.version_of(name, record.id)
        return version is not None and bool(needing(self._records, name, [version]))


def drop_useless(store: Store, record_id: str, state: str | None) -> None:
    """Remove what attempts have left of a record in this state, if nobody has a use for it:
    checkpoints, and what an import has published when it was cancelled or given up already, with
    the originals that it had."""
    if state in FINAL - {State.FAILED}:  # a failed job's last checkpoint may tell why
        store.jobs.drop_checkpoints(record_id)
    if state == State.CANCELLED:
        store.kept_checkpoints.drop(record_id)
    # Redis may be older than the store, which knows for certain of what nothing is there.
    if kind_of(record_id) in DELETABLE and store.archive.state(record_id) in UNPUBLISHED:
        store.drop(record_id)
