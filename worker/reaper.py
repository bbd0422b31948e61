"""Looks after records that nobody looks after any more.

Any number may sweep at once: each loss is a compare-and-set, and a bell rung twice is harmless.
"""

import logging

from worker.errors import LeaseLost
from worker.queue import Bell
from worker.record import Record, State
from worker.records import Records

log = logging.getLogger(__name__)


class Reaper:
    """Queues lost attempts again, and rings again for queued records whose message was lost, or
    waits in a queue that nobody serves any more.

    Attributes:
        unrung: ids that were queued without a message in a served queue at the last sweep.
    """

    def __init__(self, records: dict[str, Records], bell: Bell, max_attempts: int) -> None:
        self._records, self._bell, self._max_attempts = records, bell, max_attempts
        self.unrung: set[str] = set()

    def sweep(self) -> None:
        """One look at everything; meant to be called again every few seconds."""
        unrung: set[str] = set()
        for kind, records in self._records.items():
            for record in records.lapsed():
                self.lost(record, "no sign of life")
            queued = set(records.ids(State.QUEUED))
            missing = queued - self._bell.waiting(kind) if queued else set()
            # At its first sighting a message may just be on its way, to the queue or from it.
            self._ring_again(records, missing & self.unrung)
            unrung |= missing
        self.unrung = unrung

    def _ring_again(self, records: Records, ids: set[str]) -> None:
        """Ring for those whose message is lost, or waits where it belongs no more."""
        for record in self._bell.unheard(map(records.get, sorted(ids))):
            log.warning("%s had no message that a worker would find; ringing again", record.id)
            self._bell.ring(record)

    def lost(self, record: Record, cause: str) -> None:
        """Take note that the process which had this attempt is gone."""
        kind, _, _ = record.id.partition("_")
        try:
            after = self._records[kind].lose(record, self._max_attempts, cause)
        except LeaseLost:
            return  # it ended, or somebody else noticed first
        log.warning("lost attempt %d of %s: %s", record.attempt, record.id, cause)
        if after.state is State.QUEUED:
            self._bell.ring(after)
