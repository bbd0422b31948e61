"""One try of one worker at a record: keeps its lease, and hears what is asked of it."""

import logging
import threading
import time
from collections import deque
from types import TracebackType

from worker.errors import (
    Cancelled,
    DatasetNotFound,
    JobNotFound,
    LeaseLost,
    Paused,
    Preempted,
    QueueUnavailable,
    Stopped,
    WorkerError,
)
from worker.jobs.record import Record
from worker.jobs.transitions import Transitions
from worker.jsontypes import Json

PULSE_S = 0.2  # between looks at whether there is something to tell
SILENCE_S = 1.0  # without a word to or from Redis
SHOWN = 2_000  # looks at what changes all the time, by whatever age an attempt has doubled

ASKED: dict[str, WorkerError] = {
    "cancel": Cancelled("Cancelled on request."),
    "pause": Paused("Paused on request."),
    "stop": Stopped("Stopped on request."),
}

log = logging.getLogger(__name__)


class Attempt:
    """Renews the lease from a thread of its own for as long as the `with` block lasts.

    Attributes:
        record: the record as of the last renewal.
        notes: what is known of the work so far, by the name of the record's field.
    """

    def __init__(self, records: Transitions, record: Record, lease_s: float) -> None:
        self.record = record
        self.notes: Json = {}
        self._events: deque[Json] = deque()
        self._shown: Json = {}
        self._began = self._showed = time.monotonic()
        self._records, self._lease_s = records, lease_s
        self._silence_s = min(SILENCE_S, lease_s / 4)
        self._stop: WorkerError | None = ASKED.get(record.requested)
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
        """Raise Cancelled, Paused, Stopped, Preempted or LeaseLost once one of them is the case."""
        if self._stop is not None:
            raise self._stop

    def note(self, **notes: object) -> None:
        """Take note; it is told with the next pulse, so a fast loop costs Redis nothing."""
        # A new dictionary each time: the thread knows by it that there is something new.
        self.notes = {**self.notes, **notes}

    def event(self, event: str, data: Json) -> None:
        """Have an event written; it comes after what was noted before it."""
        self._events.append({"event": event, "data": data})

    def show(self, event: str, data: Json) -> None:
        """The same for what changes all the time: told at the next pulse, in its newest form."""
        self._shown = {**self._shown, event: data}

    def untold(self) -> list[Json]:
        """The events that were not written yet; whoever asks writes them."""
        events = [self._events.popleft() for _ in range(len(self._events))]
        shown, self._shown = self._shown, {}
        self._showed = time.monotonic()
        return events + [{"event": event, "data": data} for event, data in shown.items()]

    def _news(self) -> list[Json]:
        """What is untold and should be told now: the longer the work goes on, the rarer is what
        changes all the time, or the events of a long job would fill Redis."""
        now = time.monotonic()
        if self._events or now - self._showed > (now - self._began) / SHOWN:
            return self.untold()
        return []

    def _asked(self) -> WorkerError | None:
        # A wish may be taken back, or give way to another, until the work has ended.
        settled = self._stop is not None and not isinstance(self._stop, Paused | Stopped)
        return None if settled else ASKED.get(self.record.requested)

    def preempt(self) -> None:
        """The worker must stop."""
        self._stop = self._stop or Preempted("The worker was told to stop.")

    def _keep(self) -> None:
        renewed, told, events = 0.0, self.notes, self.untold()
        while not self._ended.wait(PULSE_S):
            notes = self.notes
            if notes is told and time.monotonic() - renewed < self._silence_s:
                continue
            events = events or self._news()
            try:
                self.record = self._records.renew(self.record, self._lease_s, notes, events)
            except LeaseLost as error:
                self._stop = error
                return
            except (QueueUnavailable, JobNotFound, DatasetNotFound, MemoryError) as error:
                # Redis may come back before anybody notices, or be filled again; the fence
                # decides, not this clock. And whoever took the memory will hear that it is out.
                log.warning("lease not renewed: %s", error.__cause__ or error)
                continue
            renewed, told, events = time.monotonic(), notes, []
            self._stop = self._asked() or self._stop
        self._events.extendleft(reversed(events))
