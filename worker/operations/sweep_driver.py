"""What has sweeps go on: one function that may be called at any time, by anybody, any number of
times."""

import logging

from worker.errors import IllegalMove, QueueUnavailable, StoreFull, SweepNotFound, WorkerError
from worker.jobs.record import State
from worker.jsontypes import Json
from worker.operations.sweep import Sweep
from worker.operations.sweep_book import Book
from worker.operations.sweep_step import SweepStep, SweepTools

# What a fault of ours, or a book that somebody has changed, comes to.
UNFORESEEN = (WorkerError, OSError, ValueError, LookupError, TypeError, AttributeError)

log = logging.getLogger(__name__)


class SweepDriver:
    """Has sweeps go on. Any number of processes may do so at once: a sweep is changed under its
    lock alone."""

    def __init__(self, tools: SweepTools) -> None:
        self._tools, self._sweeps = tools, tools.store.sweeps
        self._over: set[str] = set()  # sweeps that are known to have ended

    def open(self) -> list[str]:
        """Returns the ids of the sweeps that have not ended, the oldest first."""
        found = [each for each in reversed(self._sweeps.ids()) if each not in self._over]
        self._over.update(filter(self._is_over, found))
        return [each for each in found if each not in self._over]

    def _is_over(self, sweep_id: str) -> bool:
        try:
            return bool(self._sweeps.book(sweep_id).get("end"))
        except (OSError, ValueError) as error:
            log.warning("%s has a book that cannot be read: %s", sweep_id, error)
            return False

    def advance_all(self) -> None:
        """Have all of them go on. Call it every few seconds.

        Raises:
            QueueUnavailable: Redis does not answer, or does not know all jobs again yet.
        """
        if found := self.open():
            self._tools.records.check_complete()
        for sweep_id in found:
            self.try_to_advance(sweep_id)

    def try_to_advance(self, sweep_id: str) -> None:
        """Have one go on. What fails is logged, and tried again by whoever comes next."""
        try:
            self.advance(sweep_id)
        except (QueueUnavailable, StoreFull) as error:
            log.warning("%s waits: %s", sweep_id, error)
        except UNFORESEEN:  # and not what a signal raises in a worker
            log.exception("%s could not go on; it is tried again", sweep_id)

    def advance(self, sweep_id: str, wish: str | None = None) -> Sweep:
        """Do for a sweep whatever is to be done now, and return it as it stands then.

        Args:
            wish: what a caller asks for from now on: "pause", "cancel", or "" to go on.

        Raises:
            IllegalMove: the sweep is over, or to be cancelled.
            SweepNotFound: there is no such sweep.
            QueueUnavailable: Redis does not answer, or does not know all jobs again yet.
            StoreFull: the disk is full.
        """
        body = self._body(sweep_id)
        self._tools.records.check_complete()  # an outage is waited for outside of the lock
        with self._sweeps.locked(sweep_id):
            book = Book.of(self._sweeps.book(sweep_id))
            if wish is not None:
                check_wish(wish, book)
            if wish is not None and wish != book.wish:
                book.wish = wish
                self._sweeps.keep_book(sweep_id, book.as_dict())
            step = SweepStep(self._tools, Sweep(sweep_id, body, book, {}))
            return step.taken()

    def seen(self, sweep_id: str) -> Sweep:
        """Returns a sweep as it stands; nothing is done.

        Raises:
            SweepNotFound: there is no such sweep.
            QueueUnavailable: Redis does not answer.
        """
        body, book = self._body(sweep_id), Book.of(self._sweeps.book(sweep_id))
        records = self._tools.records.several(book.going)
        if len(records) < len(book.going):  # some are reserved and not made, or forgotten
            self._tools.records.check_complete()
        return Sweep(sweep_id, body, book, records)

    def _body(self, sweep_id: str) -> Json:
        if (body := self._sweeps.request(sweep_id)) is None:
            raise SweepNotFound(f"No sweep has the id {sweep_id:.60}.")
        return body


def check_wish(wish: str, book: Book) -> None:
    """Raises IllegalMove if a caller may not ask for that any more."""
    ended = (book.end or {}).get("state")
    if wish == book.wish == "cancel" and ended in (None, State.CANCELLED):
        return  # asked twice is as good as once
    if book.end is not None or book.wish == "cancel":
        done = f"is {ended}" if ended else "is to be cancelled"
        raise IllegalMove(f"Expected a sweep that is not over; this one {done}.")
