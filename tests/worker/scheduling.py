"""What tests of schedules share: one on a dataset that is ready, and a clock that stands still."""

from typing import Any

import redis

from tests.worker.sweeping import SPEC
from tests.worker.working import ready_dataset
from worker.jobs.idempotency import Keys
from worker.jobs.queue import JobQueue
from worker.jobs.record import Record, State
from worker.jsontypes import Json
from worker.operations.jobs import Jobs
from worker.operations.schedule import Schedule
from worker.operations.schedules import Schedules
from worker.spec.retraining import RetrainingSpec
from worker.tasks.context import WorkerContext

MINUTE, HOUR, DAY = 60_000, 3_600_000, 86_400_000
NIGHT = 1_764_558_000_000  # 2025-12-01, 3:00 UTC
NIGHTLY: Json = {"cron": "0 3 * * *"}
ON_VERSION: Json = {"on": "dataset_version"}


class Scheduling:
    """Schedules as the API has them go on."""

    def __init__(self, context: WorkerContext, raw: redis.Redis) -> None:
        self.context, self.records = context, context.records["job"]
        self.dataset = ready_dataset(context).id
        context.recovery.fill()
        shared = JobQueue(raw), context.store, context.archiver
        self.jobs = Jobs(context.records, Keys(context.redis), *shared, context.settings)
        self.now_ms = NIGHT - HOUR
        self.schedules = self.opened()

    def opened(self) -> Schedules:
        """What another process of the API has of it."""
        keys, store = Keys(self.context.redis), self.context.store
        return Schedules(self.context.records, self.jobs, keys, store, lambda: self.now_ms)

    def asked(self, when: Json = NIGHTLY, spec: Json | None = None, **more: Any) -> RetrainingSpec:
        body = {"dataset": self.dataset, **SPEC, **(spec or {})}
        return RetrainingSpec.model_validate({"spec": body, "when": when, **more})

    def submit(self, when: Json = NIGHTLY, spec: Json | None = None, **more: Any) -> str:
        return self.schedules.submit(self.asked(when, spec, **more)).id

    def at(self, now_ms: int) -> None:
        """Have it be this time, and all go on."""
        self.now_ms = now_ms
        self.schedules.advance_all()

    def version(self, edit: str) -> str:
        """A version of the dataset that is ready."""
        store = self.context.store
        entry = store.lineages.reserve(
            self.dataset, ready_dataset(self.context).id, edit, lambda _: False
        )
        return entry.id

    def made(self) -> list[Record]:
        """All jobs there are, the oldest first."""
        return [*reversed([*self.records.page(None, 100, None)])]

    def end(self, state: State = State.SUCCEEDED, **notes: Any) -> str:
        """The id of the job that waits, which has ended now."""
        (job,) = self.records.ids(State.QUEUED)
        self.records.finish(self.records.claim(job, "w", 60), state, notes)
        self.context.archiver.file(job)
        return job

    def seen(self, schedule: str) -> Schedule:
        return self.schedules.get(schedule)
