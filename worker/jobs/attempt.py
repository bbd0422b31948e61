"""One try of one worker at a record: a thread keeps its lease and hears what is requested."""

import logging
import threading
import time
from collections import deque
from contextlib import suppress
from types import TracebackType

from worker.errors import (
    Cancelled,
    IllegalMove,
    LeaseLost,
    Paused,
    Preempted,
    QueueUnavailable,
    RecordNotFound,
    Stopped,
    WorkerError,
)
from worker.jobs.record import Record
from worker.jobs.transitions import Transitions
from worker.jsontypes import Json

PULSE_S = 0.2  # between two looks at whether there is something new to write
SILENCE_S = 1.0  # after which the lease is renewed even if nothing is new
# Progress is written at most every 1/SHOWN of the attempt's age. So each time the age doubles,
# there are about 1,400 events more (SHOWN times the logarithm of 2).
SHOWN = 2_000

ASKED: dict[str, WorkerError] = {
    "cancel": Cancelled("Cancelled on request."),
    "pause": Paused("Paused on request."),
    "stop": Stopped("Stopped on request."),
}

log = logging.getLogger(__name__)


class Attempt:
    """Renews the lease in a thread, for as long as the `with` block lasts.

    Attributes:
        record: the record as it was at the last renewal.
        notes: fields of the record that the work has set so far.
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
        """End the work here if it must end.

        Raises:
            Cancelled, Paused, Stopped: a caller has requested that.
            Preempted: the worker was told to end.
            LeaseLost: another attempt has the record, or nobody may have it any more.
        """
        if self._stop is not None:
            raise self._stop.with_traceback(None)  # it may be raised at every step

    def pause(self) -> None:
        """Ask for a pause of the record, as a caller would: what `check` raises then. Nothing
        happens where Redis does not answer, or something else was requested before."""
        with suppress(QueueUnavailable, IllegalMove):
            self._records.pause(self.record.id)
            self._stop = self._stop or ASKED["pause"]

    def note(self, **notes: object) -> None:
        """Set fields of the record. The thread writes them within PULSE_S, so a fast loop may call
        this as often as it likes."""
        # A new dictionary each time, by which the thread sees that something is new.
        self.notes = {**self.notes, **notes}

    def event(self, event: str, data: Json) -> None:
        """Have the thread write an event, after what was noted before."""
        self._events.append({"event": event, "data": data})

    def show(self, event: str, data: Json) -> None:
        """Have the thread write an event that replaces an earlier one which is not written yet."""
        self._shown = {**self._shown, event: data}

    def untold(self) -> list[Json]:
        """Returns the events that are not written yet, and forgets them: the caller writes them."""
        events = [self._events.popleft() for _ in range(len(self._events))]
        shown, self._shown = self._shown, {}
        self._showed = time.monotonic()
        return events + [{"event": event, "data": data} for event, data in shown.items()]

    def _news(self) -> list[Json]:
        """Returns the events to be written now.

        Progress is throttled as the attempt ages: the events of a long job would fill Redis.
        """
        now = time.monotonic()
        if self._events or now - self._showed > (now - self._began) / SHOWN:
            return self.untold()
        return []

    def _asked(self) -> WorkerError | None:
        # A pause or a stop may be taken back or replaced until the work has ended.
        settled = self._stop is not None and not isinstance(self._stop, Paused | Stopped)
        return None if settled else ASKED.get(self.record.requested)

    def preempt(self) -> None:
        """Let `check` raise Preempted, because the worker was told to end."""
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
            except (QueueUnavailable, RecordNotFound, MemoryError) as error:
                # Go on: Redis may come back, or be filled again, before the lease lapses, and if
                # not, the next renewal is refused. A MemoryError is reported by the work itself.
                log.warning("lease not renewed: %s", error.__cause__ or error)
                continue
            renewed, told, events = time.monotonic(), notes, []
            self._stop = self._asked() or self._stop
        self._events.extendleft(reversed(events))
