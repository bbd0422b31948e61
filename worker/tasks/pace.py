"""How far the phases of some work are, and when each will be over."""

import time

from worker.jsontypes import Json


class Pace:
    """What can be said of the phase that goes on now.

    State: the phase, and when it began here and with how many rows done.
    """

    def __init__(self) -> None:
        self._phase = ""
        self._began, self._first = time.monotonic(), 0

    def of(self, phase: str, done: int, total: int | None) -> Json:
        """Returns `percent`, `eta_s` and `rows_per_s` of a phase of which so many rows are done;
        each is None before it is known."""
        if phase != self._phase:
            self._phase, self._began, self._first = phase, time.monotonic(), done
        speed = self._rows_per_s(done)
        return {
            "percent": None if total is None else round(100 * done / max(1, total), 1),
            "eta_s": None if total is None or not speed else round((total - done) / speed, 1),
            "rows_per_s": None if not speed else round(speed, 1),
        }

    def _rows_per_s(self, done: int) -> float | None:
        if done <= self._first:
            return None
        return (done - self._first) / max(1e-9, time.monotonic() - self._began)
