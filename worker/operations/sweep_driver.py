"""What has sweeps go on: one function that may be called at any time, by anybody, any number of
times."""

import logging

from worker.errors import IllegalMove, QueueUnavailable, StoreFull, SweepNotFound
from worker.jsontypes import Json
from worker.operations.sweep import Sweep
from worker.operations.sweep_book import Book
from worker.operations.sweep_step import SweepStep, SweepTools

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
        self._over.update(each for each in found if self._sweeps.book(each).get("end"))
        return [each for each in found if each not in self._over]

    def advance_all(self) -> None:
        """Have all of them go on. Call it every few seconds."""
        for sweep_id in self.open():
            self.try_to_advance(sweep_id)

    def try_to_advance(self, sweep_id: str) -> None:
        """Have one go on. What fails is logged, and tried again by whoever comes next."""
        try:
            self.advance(sweep_id)
        except (QueueUnavailable, StoreFull) as error:
            log.warning("%s waits: %s", sweep_id, error)
        except Exception:
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
        with self._sweeps.locked(sweep_id):
            book = Book.of(self._sweeps.book(sweep_id))
            if wish is not None and wish != book.wish:
                check_wish(wish, book)
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
        return Sweep(sweep_id, body, book, self._tools.records.several(book.going))

    def _body(self, sweep_id: str) -> Json:
        if (body := self._sweeps.request(sweep_id)) is None:
            raise SweepNotFound(f"No sweep has the id {sweep_id:.60}.")
        return body


def check_wish(wish: str, book: Book) -> None:
    """Raises IllegalMove if a caller may not ask for that any more."""
    if book.end is not None or book.wish == "cancel":
        done = f"is {book.end['state']}" if book.end else "is to be cancelled"
        raise IllegalMove(f"Expected a sweep that is not over; this one {done}.")
