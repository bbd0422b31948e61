"""What the service may ask for about sweeps: several jobs that differ in some fields, and which of
them is best."""

from collections.abc import Iterator, Mapping
from contextlib import suppress
from itertools import islice

from worker.errors import LimitExceeded, QueueUnavailable, StoreFull
from worker.jobs.archiver import Archiver
from worker.jobs.idempotency import Keys
from worker.jobs.queue import JobQueue
from worker.jobs.transitions import Transitions
from worker.jsontypes import Json
from worker.operations.jobs import Jobs
from worker.operations.kept_requests import KeptRequests
from worker.operations.sweep import Sweep
from worker.operations.sweep_driver import SweepDriver
from worker.operations.sweep_judgement import Judgement, judged
from worker.operations.sweep_request import SweepRequests
from worker.operations.sweep_step import SweepTools
from worker.spec.sweep import SweepSpec
from worker.store.store import Store

MOST_OPEN = 20  # sweeps that are not over
KIND = "swp"


class Sweeps:
    """Requests for sweeps, and what became of them.

    Attributes:
        driver: has them go on.

    Every method raises QueueUnavailable if Redis does not answer, or does not know all jobs again
    yet; and SweepNotFound if there is no such sweep.
    """

    def __init__(
        self,
        records: Mapping[str, Transitions],
        jobs: Jobs,
        keys: Keys,
        job_queue: JobQueue,
        store: Store,
        archiver: Archiver,
    ) -> None:
        self._records, self._store = records["job"], store
        self._requested = KeptRequests(store.sweeps, keys, KIND)
        self._requests = SweepRequests(records, jobs)
        self.driver = SweepDriver(SweepTools(self._records, jobs, job_queue, store, archiver))
        self.get, self.advance_all = self.driver.seen, self.driver.advance_all

    def submit(self, spec: SweepSpec, key: str | None = None) -> Sweep:
        """Accept a sweep. When this returns, its request is durable.

        Args:
            key: an idempotency key: a second request with it returns the sweep of the first.

        Raises:
            IdempotencyConflict: the key came with another request before.
            LimitExceeded: too many sweeps are not over.
            WorkerError: one of its jobs would be refused.
        """
        self._store.space.check()
        self._records.check_room()
        sweep_id = self._requested.kept(
            spec.model_dump(mode="json"), key, lambda: self._admitted(spec)
        )
        with suppress(QueueUnavailable, StoreFull):  # a look at all sweeps will do it
            return self.driver.advance(sweep_id)
        return self.driver.seen(sweep_id)

    def judged(self, sweep: Sweep) -> Judgement:
        """Returns the leaderboard of a sweep, and which field mattered."""
        kept = self._store.candidate_answers
        return judged(sweep.tried(), lambda each: kept.of(each.job_id) if each.job_id else None)

    def page(self, limit: int, after: str | None) -> Iterator[Sweep]:
        """Yields up to so many, the newest first, from behind the one with the id `after`."""
        ids = (each for each in self._store.sweeps.ids() if after is None or each < after)
        yield from islice(filter(None, map(self._readable, ids)), limit)

    def _readable(self, sweep_id: str) -> Sweep | None:
        """A sweep; None where somebody has damaged what is kept of it."""
        with suppress(ValueError):
            return self.driver.seen(sweep_id)
        return None

    def cancel(self, sweep_id: str) -> Sweep:
        """End a sweep and its jobs; the leaderboard stays.

        Raises:
            IllegalMove: it has ended otherwise.
        """
        return self.driver.advance(sweep_id, "cancel")

    def pause(self, sweep_id: str) -> Sweep:
        """Have all of its jobs wait, and make no more.

        Raises:
            IllegalMove: it has ended, or is to be cancelled.
        """
        return self.driver.advance(sweep_id, "pause")

    def resume(self, sweep_id: str) -> Sweep:
        """Have a paused sweep go on.

        Raises:
            IllegalMove: it has ended, or is to be cancelled.
        """
        return self.driver.advance(sweep_id, "")

    def _admitted(self, spec: SweepSpec) -> Json:
        self._check_open()
        return self._requests.admitted(spec)

    def _check_open(self) -> None:
        if (count := len(self.driver.open())) >= MOST_OPEN:
            raise LimitExceeded(
                f"Expected fewer than {MOST_OPEN} sweeps that are not over, found {count}. Cancel "
                "one, or wait until one is over."
            )
