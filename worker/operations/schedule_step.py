"""One step of a schedule: what is to be done now, by its book and by the record of its last job.

What is decided is written down first and done then. Who dies in between leaves it to whoever comes
next, and what is done twice is done once: the id of a job follows from its schedule and its time.
"""

import logging
from collections.abc import Callable
from datetime import UTC, datetime
from typing import NamedTuple

from worker.errors import (
    AcceptanceUnknown,
    DeviceUnavailable,
    ModelNotFound,
    QueueFull,
    QueueUnavailable,
    StoreFull,
    WorkerError,
)
from worker.jobs.record import Record, State, derived_id
from worker.jobs.transitions import Transitions
from worker.jsontypes import Json
from worker.operations.due import Due, ReadyVersions, due
from worker.operations.jobs import Jobs
from worker.operations.schedule import Schedule
from worker.operations.schedule_book import Firing
from worker.operations.sweep_specs import validated
from worker.store.store import Store

# What refuses a job now, and perhaps not the next time.
FOR_NOW = (QueueUnavailable, AcceptanceUnknown, QueueFull, StoreFull, DeviceUnavailable)

log = logging.getLogger(__name__)


class ScheduleTools(NamedTuple):
    """What a step works with; `records` are those of jobs, and `now_ms` says the time."""

    records: Transitions
    jobs: Jobs
    store: Store
    versions: ReadyVersions
    now_ms: Callable[[], int]


class ScheduleStep:
    """Taken under the lock of its schedule."""

    def __init__(self, tools: ScheduleTools, schedule: Schedule) -> None:
        self._tools, self._schedule, self._book = tools, schedule, schedule.book
        self._kept = schedule.book.as_dict()

    def taken(self) -> Schedule:
        """Returns the schedule after all was done that can be done now."""
        self._tools.records.check_complete()
        self._look()
        if not self._book.paused:
            now_ms, versions = self._tools.now_ms(), self._tools.versions
            found = due(self._schedule.body, self._book, now_ms, versions)
            if found is not None:
                self._come(found)
        return self._schedule

    def _look(self) -> None:
        """Read the record of the last job, make it if it was decided and not made, and write down
        how it ended."""
        if (firing := self._book.open) is not None:
            record = self._tools.records.several([firing.job]).get(firing.job)
            if record is None:
                self._make(firing)
            else:
                firing.noted(record)
                self._seen(record if firing.over is None else None)
            self._keep()

    def _come(self, found: Due) -> None:
        """Make a job for what has come; while one is not over, times pass, and versions wait."""
        by_time = self._schedule.body["when"]["cron"] is not None
        if self._book.open is not None:
            if by_time:
                self._book.since_ms = found.at_ms
                self._book.skipped += found.times
                self._keep()
            return
        firing = self._firing(found)
        self._book.begin(firing)
        if by_time:
            self._book.since_ms = found.at_ms
        else:
            self._book.version = found.version or 0
        self._keep()
        self._make(firing)
        self._keep()

    def _firing(self, found: Due) -> Firing:
        body, schedule_id = self._schedule.body, self._schedule.id
        start = self._champion() if body["start"] == "champion" else None
        job = derived_id("job", found.at_ms, schedule_id)
        skipped = self._book.skipped + found.times - 1
        return Firing(found.at_ms, job, found.dataset or body["spec"]["dataset"], start, skipped)

    def _champion(self) -> Json | None:
        """The version that answers now; None where there is no such model yet."""
        model = self._schedule.body["spec"].get("model", "model")
        try:
            return {"model": model, "version": self._tools.store.aliases.answering(model)}
        except ModelNotFound:
            return None

    def _make(self, firing: Firing) -> None:
        """Have there be a job of this firing. One that would certainly fail is refused."""
        changes: Json = {"dataset": firing.dataset}
        if firing.start is not None:
            changes["start_from"] = firing.start
        due_at = datetime.fromtimestamp(firing.due_ms / 1000, UTC)
        made_by = {"schedule": self._schedule.id, "due_at": due_at.isoformat()}
        try:
            spec = validated({**self._schedule.body["spec"], **changes})
            self._seen(self._tools.jobs.make(firing.job, spec, {"made_by": made_by}))
        except FOR_NOW as error:
            log.warning("%s waits with %s: %s", self._schedule.id, firing.job, error)
        except WorkerError as error:
            problem = {"code": error.code, "detail": str(error)}
            firing.over = {"state": State.FAILED, "problem": problem, "refused": True}
            log.warning("%s was refused %s: %s", self._schedule.id, firing.job, error)

    def _seen(self, record: Record | None) -> None:
        self._schedule = self._schedule._replace(record=record)

    def _keep(self) -> None:
        """Write down what is new."""
        if (now := self._book.as_dict()) != self._kept:
            self._tools.store.schedules.keep_book(self._schedule.id, now)
            self._kept = now
