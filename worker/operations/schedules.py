"""What the service may ask for about schedules: jobs that are made again and again."""

import logging
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from itertools import islice

from worker.errors import LimitExceeded, QueueUnavailable, ScheduleNotFound, StoreFull
from worker.jobs.idempotency import Keys
from worker.jobs.transitions import Transitions
from worker.jsontypes import Json
from worker.operations.due import ReadyVersions
from worker.operations.jobs import Jobs
from worker.operations.kept_requests import KeptRequests
from worker.operations.ready_dataset import manifest_of
from worker.operations.schedule import Schedule
from worker.operations.schedule_book import ScheduleBook
from worker.operations.schedule_step import ScheduleStep, ScheduleTools
from worker.operations.sweep_driver import UNFORESEEN
from worker.operations.sweep_request import at_spec
from worker.spec.retraining import RetrainingSpec
from worker.store.store import Store

MOST = 100  # schedules
KIND = "sch"

log = logging.getLogger(__name__)


class Schedules:
    """Requests for schedules, and what became of them. Any number of processes may have one go on
    at once: it is changed under its lock alone.

    Every method raises QueueUnavailable if Redis does not answer, or does not know all jobs again
    yet; and ScheduleNotFound if there is no such schedule.
    """

    def __init__(
        self,
        records: Mapping[str, Transitions],
        jobs: Jobs,
        keys: Keys,
        store: Store,
        now_ms: Callable[[], int] | None = None,
    ) -> None:
        self._records, self._datasets, self._jobs = records["job"], records["ds"], jobs
        self._store, self._books = store, store.schedules
        self._requested = KeptRequests(self._books, keys, KIND)
        self._versions = ReadyVersions(self._datasets, store.lineages)
        self._now_ms = now_ms or self._records.now_ms  # of Redis, by whose clock all hosts go
        self._tools = ScheduleTools(self._records, jobs, store, self._versions, self._now_ms)

    def submit(self, spec: RetrainingSpec, key: str | None = None) -> Schedule:
        """Accept a schedule. When this returns, its request is durable.

        Args:
            key: an idempotency key: a second request with it returns the schedule of the first.

        Raises:
            IdempotencyConflict: the key came with another request before.
            LimitExceeded: there are too many schedules.
            WorkerError: a job of it would be refused now.
        """
        self._store.space.check()
        asked = spec.model_dump(mode="json")
        return self.get(self._requested.kept(asked, key, lambda: self._admitted(spec)))

    def get(self, schedule_id: str) -> Schedule:
        """Returns a schedule as it stands; nothing is done."""
        body = self._body(schedule_id)
        book = ScheduleBook.of(body, self._books.book(schedule_id))
        job = book.open.job if book.open else ""
        return Schedule(schedule_id, body, book, self._records.several([job]).get(job))

    def page(self, limit: int, after: str | None) -> Iterator[Schedule]:
        """Yields up to so many, the newest first, from behind the one with the id `after`."""
        ids = (each for each in self._books.ids() if after is None or each < after)
        yield from islice(filter(None, map(self._readable, ids)), limit)

    def pause(self, schedule_id: str) -> Schedule:
        """Have a schedule make no more jobs; one that is under way goes on."""
        with self._changing(schedule_id) as book:
            book.paused = True
        return self.get(schedule_id)

    def resume(self, schedule_id: str) -> Schedule:
        """Have a paused schedule go on; what would have come meanwhile is not made up for."""
        root, now_ms = self._body(schedule_id)["root"], self._now_ms()
        newest = self._versions.above(root, 0)
        with self._changing(schedule_id) as book:
            if book.paused:
                book.paused, book.since_ms = False, now_ms
                book.version = max(book.version, newest[0][0] if newest else 0)
        return self.get(schedule_id)

    def delete(self, schedule_id: str) -> None:
        """Forget a schedule; its jobs stay."""
        with self._changing(schedule_id):
            self._books.drop(schedule_id)

    def advance_all(self) -> None:
        """Make all jobs whose time has come. Call it every few seconds.

        Raises:
            QueueUnavailable: Redis does not answer, or does not know all jobs again yet.
        """
        if found := self._books.ids():
            self._records.check_complete()
        for schedule_id in found:
            self._try_to_advance(schedule_id)

    def advance(self, schedule_id: str) -> Schedule:
        """Make the job of a schedule whose time has come, and return it as it stands then.

        Raises:
            StoreFull: the disk is full.
        """
        body = self._body(schedule_id)
        self._records.check_complete()  # an outage is waited for outside of the lock
        with self._locked(schedule_id):
            book = ScheduleBook.of(body, self._books.book(schedule_id))
            return ScheduleStep(self._tools, Schedule(schedule_id, body, book)).taken()

    def _try_to_advance(self, schedule_id: str) -> None:
        """What fails is logged, and tried again by whoever comes next."""
        try:
            with suppress(ScheduleNotFound):  # it was deleted meanwhile
                self.advance(schedule_id)
        except (QueueUnavailable, StoreFull) as error:
            log.warning("%s waits: %s", schedule_id, error)
        except UNFORESEEN:
            log.exception("%s could not go on; it is tried again", schedule_id)

    def _admitted(self, spec: RetrainingSpec) -> Json:
        """What is kept of a request. One of which a job would certainly fail now is refused."""
        if (count := len(self._books.ids())) >= MOST:
            raise LimitExceeded(
                f"Expected fewer than {MOST} schedules, found {count}. Delete one that is not "
                "needed any more."
            )
        with at_spec():
            self._jobs.whole(spec.spec)
        dataset = self._datasets.get(spec.spec.dataset)
        manifest_of(dataset)
        newest = self._versions.above(dataset.root, 0)
        said = spec.spec.model_dump(mode="json", exclude_unset=True)
        return {
            **spec.model_dump(mode="json", exclude={"spec"}),
            "spec": said,
            "root": dataset.root,
            "version": newest[0][0] if newest else 0,
            "since_ms": self._now_ms(),
        }

    @contextmanager
    def _changing(self, schedule_id: str) -> Iterator[ScheduleBook]:
        """Yields the book of a schedule, which nobody else changes meanwhile and which is written
        down at the end."""
        body = self._body(schedule_id)
        with self._locked(schedule_id):
            book = ScheduleBook.of(body, self._books.book(schedule_id))
            yield book
            if self._books.request(schedule_id) is not None:
                self._books.keep_book(schedule_id, book.as_dict())

    @contextmanager
    def _locked(self, schedule_id: str) -> Iterator[None]:
        """Within this block nobody else changes a schedule, and it is there."""
        try:
            with self._books.locked(schedule_id):
                self._body(schedule_id)  # it may have gone while the lock was waited for
                yield
        except FileNotFoundError as error:
            raise ScheduleNotFound(f"No schedule has the id {schedule_id:.60}.") from error

    def _body(self, schedule_id: str) -> Json:
        if (body := self._books.request(schedule_id)) is None:
            raise ScheduleNotFound(f"No schedule has the id {schedule_id:.60}.")
        return body

    def _readable(self, schedule_id: str) -> Schedule | None:
        """A schedule; None where somebody has damaged what is kept of it."""
        with suppress(ValueError, ScheduleNotFound):
            return self.get(schedule_id)
        return None
