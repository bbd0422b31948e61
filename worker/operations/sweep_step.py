"""One step of a sweep: what is to be done now, by its book and by the records of its jobs.

What is decided is written down first and done then. Who dies in between leaves it to whoever comes
next, and what is done twice is done once: jobs have the ids that were reserved for them.
"""

import logging
import time
from contextlib import suppress
from typing import NamedTuple

from worker.errors import (
    AcceptanceUnknown,
    Cancelled,
    DeviceUnavailable,
    IllegalMove,
    QueueFull,
    QueueUnavailable,
    StoreFull,
    WorkerError,
)
from worker.jobs.archiver import Archiver
from worker.jobs.queue import JobQueue
from worker.jobs.record import Record, State, new_id
from worker.jobs.transitions import Transitions
from worker.jsontypes import Json
from worker.operations.jobs import Jobs
from worker.operations.sweep import OCCUPYING, Sweep
from worker.operations.sweep_book import Try
from worker.operations.sweep_specs import candidate_spec, refit_spec
from worker.spec import JobSpec
from worker.store.store import Store

# What refuses a job now, and perhaps not the next time.
FOR_NOW = (QueueUnavailable, AcceptanceUnknown, QueueFull, StoreFull, DeviceUnavailable)
REASONS = 3  # of candidates that failed, in the problem of a sweep

log = logging.getLogger(__name__)


class SweepTools(NamedTuple):
    """What a step works with; `records` are those of jobs."""

    records: Transitions
    jobs: Jobs
    job_queue: JobQueue
    store: Store
    archiver: Archiver


class SweepStep:
    """Taken under the lock of its sweep."""

    def __init__(self, tools: SweepTools, sweep: Sweep) -> None:
        self._tools, self._records = tools, tools.records
        self._sweep, self._book = sweep, sweep.book
        self._kept = sweep.book.as_dict()

    def taken(self) -> Sweep:
        """Returns the sweep after all was done that can be done now."""
        if self._book.end is None:
            self._records.check_complete()
            self._look()
            {"cancel": self._cancel, "pause": self._pause}.get(self._book.wish, self._go_on)()
        return self._sweep

    def _look(self) -> None:
        """Read the records, make jobs that were reserved and not made, and write down what is
        over."""
        self._sweep.records = self._records.several(self._book.going)
        for each in [each for each in self._book.tries if each.over is None]:
            if (record := self._sweep.records.get(each.job)) is not None:
                self._seen(each, record)
            elif self._book.wish == "cancel" and not self._tools.store.archive.knows(each.job):
                each.over = {"state": State.CANCELLED}
            else:
                self._made(each)
        self._keep()

    def _cancel(self) -> None:
        for each in self._going():
            with suppress(IllegalMove):  # it is being published
                self._seen(each, self._filed(self._records.cancel(each.job)))
        self._keep()
        if not self._book.going:
            refit = self._sweep.refit
            done = refit is not None and (refit.over or {}).get("state") == State.SUCCEEDED
            self._end(State.SUCCEEDED if done else State.CANCELLED)

    def _pause(self) -> None:
        for each in self._going():
            if self._sweep.records[each.job].state in OCCUPYING:
                with suppress(IllegalMove):  # it is being published
                    self._seen(each, self._filed(self._records.pause(each.job)))

    def _go_on(self) -> None:
        sweep = self._sweep
        if sweep.spent:
            self._hold_unbegun()
        while not (sweep.at_last_rung or sweep.spent) and sweep.rung_is_over:
            self._book.rungs.append(sweep.best_entrants())
            self._keep()
        self._give_up({*sweep.tries} - {*sweep.entrants})
        for candidate in sweep.to_begin():
            if sweep.occupied >= sweep.body["parallel"] or sweep.spent:
                break
            if not self._begun(candidate):
                return
        if sweep.rung_is_over or (sweep.spent and not sweep.occupied):
            self._give_up({*sweep.tries})
            self._conclude()

    def _hold_unbegun(self) -> None:
        """Have candidates wait that no worker has begun."""
        for each in self._going():
            record = self._sweep.records[each.job]
            if each.candidate is not None and record.state is State.QUEUED and not record.attempt:
                with suppress(IllegalMove):  # a worker was faster
                    self._seen(each, self._filed(self._records.pause(each.job)))

    def _begun(self, candidate: int) -> bool:
        """Whether a candidate is on its way now."""
        if (record := self._sweep.record(candidate)) is not None:
            self._goes_on(record, self._sweep.pause_at)
            return True
        return self._made(self._sweep.tries.get(candidate) or self._reserved(candidate))

    def _goes_on(self, record: Record, pause_at: int) -> None:
        after = self._filed(self._records.go_on(record.id, pause_at))
        if after.state is State.QUEUED:
            with suppress(QueueUnavailable):  # a sweep of the reaper will enqueue it
                self._tools.job_queue.enqueue(after)
        self._sweep.records[record.id] = after

    def _give_up(self, candidates: set[int]) -> None:
        """End the jobs of these candidates that wait; none of them has a worker."""
        for each in self._going():
            if each.candidate in candidates:
                self._seen(each, self._filed(self._records.give_up(each.job)))
        self._keep()

    def _conclude(self) -> None:
        """Have the best fitted again, if that is wanted, or end the sweep."""
        best, refit = self._sweep.best(), self._sweep.refit
        if best is None:
            self._end(State.FAILED, failure_of(self._book.tries))
        elif not self._sweep.body["refit"]:
            self._end(State.SUCCEEDED)
        elif refit is None:
            self._made(self._reserved(None))
        elif refit.over is not None:
            done = refit.over["state"] == State.SUCCEEDED
            self._end(State(refit.over["state"]), None if done else failure_of([refit]))
        elif (record := self._sweep.records.get(refit.job)) and record.state is State.PAUSED:
            self._goes_on(record, 0)

    def _reserved(self, candidate: int | None) -> Try:
        """A job that has its id, and nothing else yet."""
        made = Try(candidate, new_id("job"))
        self._book.tries.append(made)
        self._keep()
        return made

    def _made(self, each: Try) -> bool:
        """Whether there is a job for this id now. One that would certainly fail has failed."""
        try:
            spec, about = self._asked(each)
            beside = {"sweep": {"id": self._sweep.id, **about}}
            record = self._tools.jobs.make(each.job, spec, beside)
        except FOR_NOW as error:
            log.warning("%s waits with %s: %s", self._sweep.id, each.job, error)
            return False
        except WorkerError as error:
            each.refused({"code": error.code, "detail": str(error)})
            self._keep()
            return True
        self._sweep.records[each.job] = record
        return True

    def _asked(self, each: Try) -> tuple[JobSpec, Json]:
        """The spec of a job, and what it is in the sweep."""
        sweep, body = self._sweep, self._sweep.body
        if each.candidate is not None:
            changes = body["candidates"][each.candidate]
            about = {"candidate": each.candidate, "pause_at": sweep.pause_at}
            return candidate_spec(body["spec"], changes), about
        best = sweep.best() or 0
        epochs = (sweep.validation(best) or {})["epoch"]
        return refit_spec(body["spec"], body["candidates"][best], epochs), {"candidate": None}

    def _going(self) -> list[Try]:
        """Those that are not over and have a record."""
        return [each for each in self._book.tries if each.job in self._sweep.records]

    def _seen(self, each: Try, record: Record) -> None:
        """Note how a job stands; one that is over is written down with the next `_keep`."""
        if each.noted(record):
            self._sweep.records.pop(each.job, None)
        else:
            self._sweep.records[each.job] = record

    def _filed(self, record: Record) -> Record:
        with suppress(QueueUnavailable, StoreFull, OSError):  # a sweep of the reaper will file it
            self._tools.archiver.file(record.id)
        return record

    def _keep(self) -> None:
        """Write down what is new."""
        if (now := self._book.as_dict()) != self._kept:
            self._tools.store.sweeps.keep_book(self._sweep.id, now)
            self._kept = now

    def _end(self, state: State, problem: Json | None = None) -> None:
        at_ms = time.time_ns() // 1_000_000
        self._book.end = {"state": state, "at_ms": at_ms, "problem": problem}
        self._keep()
        log.info("%s is %s", self._sweep.id, state)


def failure_of(tries: list[Try]) -> Json:
    """Returns why none of these jobs came to a result: the first reasons."""
    problems = [each.over["problem"] for each in tries if each.over and "problem" in each.over]
    if not problems:
        return {"code": Cancelled.code, "detail": "All of its jobs were cancelled."}
    reasons = [*dict.fromkeys(each["detail"] for each in problems)][:REASONS]
    detail = f"{len(problems)} of its jobs failed: {' '.join(reasons)}"
    return {"code": problems[0]["code"], "detail": detail}
