"""One try of one worker at a record: keeps its lease, and hears what is asked of it."""

import logging
import threading
import time
from types import TracebackType

from worker.errors import Cancelled, LeaseLost, Preempted, QueueUnavailable, WorkerError
from worker.record import Json, Record
from worker.records import Records

PULSE_S = 0.2  # between looks at whether there is progress to tell

log = logging.getLogger(__name__)


class Attempt:
    """Renews the lease from a thread of its own for as long as the `with` block lasts.

    Attributes:
        record: the record as of the last renewal.
        progress: what was reported last.
    """

    def __init__(self, records: Records, record: Record, lease_s: float) -> None:
        self.record = record
        self._records, self._lease_s = records, lease_s
        self.progress: Json | None = None
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

    def report(self, progress: Json) -> None:
        """Take note; it is told with the next pulse, so a fast loop costs Redis nothing."""
        self.progress = progress

    def preempt(self) -> None:
        """The worker must stop."""
        self._stop = self._stop or Preempted("The worker was told to stop.")

    def _keep(self) -> None:
        renewed, told = 0.0, None
        while not self._ended.wait(PULSE_S):
            progress = self.progress
            if progress is told and time.monotonic() - renewed < self._lease_s / 4:
                continue
            try:
                self.record = self._records.renew(self.record, self._lease_s, progress)
            except LeaseLost as error:
                self._stop = error
                return
            except QueueUnavailable as error:
                # Redis may come back before anybody notices; the fence decides, not this clock.
                log.warning("lease not renewed: %s", error.__cause__)
                continue
            renewed, told = time.monotonic(), progress
            if self.record.requested == "cancel":
                self._stop = self._stop or Cancelled("Cancelled on request.")
