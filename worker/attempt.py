"""One try of one worker at a record: keeps its lease, and hears what is asked of it."""

import logging
import threading
import time
from collections import deque
from types import TracebackType

from worker.errors import Cancelled, LeaseLost, Preempted, QueueUnavailable, WorkerError
from worker.record import Json, Record
from worker.records import Records

PULSE_S = 0.2  # between looks at whether there is something to tell
SILENCE_S = 1.0  # without a word to or from Redis

log = logging.getLogger(__name__)


class Attempt:
    """Renews the lease from a thread of its own for as long as the `with` block lasts.

    Attributes:
        record: the record as of the last renewal.
        notes: what is known of the work so far, by the name of the record's field.
    """

    def __init__(self, records: Records, record: Record, lease_s: float) -> None:
        self.record = record
        self.notes: Json = {}
        self._events: deque[Json] = deque()
        self._records, self._lease_s = records, lease_s
        self._silence_s = min(SILENCE_S, lease_s / 4)
        self._stop: WorkerError | None = None
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._keep, daemon=True)

    def __enter__(self) -> "Attempt":
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._ended.set()
        self._thread.join()

    def check(self) -> None:
        """Raise Cancelled, Preempted or LeaseLost once one of them is the case."""
        if self._stop is not None:
            raise self._stop

    def note(self, **notes: object) -> None:
        """Take note; it is told with the next pulse, so a fast loop costs Redis nothing."""
        # A new dictionary each time: the thread knows by it that there is something new.
        self.notes = {**self.notes, **notes}

    def event(self, event: str, data: Json) -> None:
        """Have an event written; it comes after what was noted before it."""
        self._events.append({"event": event, "data": data})

    def untold(self) -> list[Json]:
        """The events that were not written yet; whoever asks writes them."""
        return [self._events.popleft() for _ in range(len(self._events))]

    def preempt(self) -> None:
        """The worker must stop."""
        self._stop = self._stop or Preempted("The worker was told to stop.")

    def _keep(self) -> None:
        renewed, told, events = 0.0, self.notes, self.untold()
        while not self._ended.wait(PULSE_S):
            notes = self.notes
            if notes is told and time.monotonic() - renewed < self._silence_s:
                continue
            events = events or self.untold()
            try:
                self.record = self._records.renew(self.record, self._lease_s, notes, events)
            except LeaseLost as error:
                self._stop = error
                return
            except QueueUnavailable as error:
                # Redis may come back before anybody notices; the fence decides, not this clock.
                log.warning("lease not renewed: %s", error.__cause__)
                continue
            renewed, told, events = time.monotonic(), notes, []
            if self.record.requested == "cancel":
                self._stop = self._stop or Cancelled("Cancelled on request.")
        self._events.extendleft(reversed(events))
