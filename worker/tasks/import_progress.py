"""How far an import is, as its record says it."""

import time

from worker.data.progress import Phase
from worker.jobs.attempt import Attempt


class ImportProgress:
    """Notes on the record of an attempt how far its import is.

    State: the phase, and when it began here and with how many rows done.
    """

    def __init__(self, attempt: Attempt) -> None:
        self._attempt = attempt
        self._phase: Phase | None = None
        self._began, self._first = time.monotonic(), 0

    def tell(self, phase: Phase, done: int, total: int | None) -> None:
        """Note how many rows of a phase are done, and of how many, if that is known."""
        if phase != self._phase:
            self._phase, self._began, self._first = phase, time.monotonic(), done
        self._attempt.note(
            progress={
                "phase": phase,
                "done": done,
                "total": total,
                "percent": None if total is None else round(100 * done / total, 1),
                "eta_s": None if total is None else self._eta_s(done, total),
            }
        )

    def _eta_s(self, done: int, total: int) -> float | None:
        """Seconds until the end of the phase if it goes on at this speed; None before that is
        known."""
        if done <= self._first:
            return None
        per_row = (time.monotonic() - self._began) / (done - self._first)
        return round(per_row * (total - done), 1)
