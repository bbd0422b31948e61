"""What tests of sweeps share: small ones, on a dataset that is ready."""

from collections import Counter
from typing import Any

import redis

from tests.worker.working import ready_dataset, work_off
from worker.jobs.idempotency import Keys
from worker.jobs.record import Record, State
from worker.jsontypes import Json
from worker.operations.jobs import Jobs
from worker.operations.sweep import Sweep
from worker.operations.sweep_step import SweepTools
from worker.operations.sweeps import Sweeps
from worker.spec.sweep import SweepSpec
from worker.tasks.context import WorkerContext

SPEC: Json = {
    "model": "cats",
    "epochs": 9,
    "batch_size": 16,
    "network": {"kind": "dense", "hidden_units": [6]},
    "validation_fraction": 0.2,
}
RATES = [0.001, 0.01, 0.1]


class Sweeping:
    """Sweeps as the API makes them, and a worker in this process."""

    def __init__(self, context: WorkerContext, raw: redis.Redis) -> None:
        self.context, self._raw = context, raw
        self.dataset = ready_dataset(context).id
        context.recovery.fill()
        shared = context.job_queue, context.store, context.archiver
        keys = Keys(context.redis)
        jobs = Jobs(context.records, keys, *shared, context.settings)
        self.tools = SweepTools(context.records["job"], jobs, *shared)
        self.sweeps = Sweeps(context.records, jobs, keys, *shared)

    def asked(self, spec: Json | None = None, **changes: Any) -> SweepSpec:
        vary = {"optimizer.learning_rate": {"values": RATES}}
        common = {"dataset": self.dataset, **SPEC, **(spec or {})}
        return SweepSpec.model_validate({"spec": common, "vary": vary, **changes})

    def submit(self, spec: Json | None = None, **changes: Any) -> Sweep:
        return self.sweeps.submit(self.asked(spec, **changes))

    def worked_off(self, sweep_id: str) -> Sweep:
        """The sweep after a worker has done all that there is to do."""
        work_off("train", self._raw)
        return self.sweeps.get(sweep_id)

    def ended(self, spec: Json | None = None, **changes: Any) -> Sweep:
        return self.worked_off(self.submit(spec, **changes).id)

    def played(self, sweep_id: str) -> Sweep:
        """The sweep after all jobs were claimed and ended, or paused, as if they had been trained:
        the smaller a learning rate, the smaller the cost."""
        while waiting := self.tools.records.ids(State.QUEUED):
            for job in waiting:
                self.play(job)
            self.sweeps.advance_all()
        return self.sweeps.get(sweep_id)

    def played_to_its_end(self, spec: Json | None = None, **changes: Any) -> Sweep:
        return self.played(self.submit(spec, **changes).id)

    def play(self, job: str) -> None:
        """One attempt, which ends or pauses at once."""
        records = self.tools.records
        claimed = records.claim(job, "w", 60)
        epochs, rate = claimed.body["epochs"], claimed.body["optimizer"]["learning_rate"]
        at = claimed.pauses_at or epochs
        best = {"epoch": at, "loss": rate, "accuracy": 0.5, "epochs": at, "seconds": 1.0}
        notes = {"validation": best, "progress": {"epoch": at, "epochs": epochs}}
        if claimed.pauses_at:
            records.pause(job)
            records.give_back(claimed, "paused", notes)
        else:
            records.finish(claimed, State.SUCCEEDED, notes)
        self.context.archiver.file(job)

    def jobs(self, sweep_id: str | None = None) -> list[Record]:
        """All jobs there are, or those of a sweep, the oldest first."""
        found = reversed([*self.tools.records.page(None, 100, None)])
        return [job for job in found if sweep_id in (None, (job.sweep or {}).get("id"))]

    def once(self, sweep: Sweep) -> bool:
        """Whether each candidate of a sweep has one job, and the best one another."""
        jobs = Counter(job.body["sweep"]["candidate"] for job in self.jobs(sweep.id))
        return jobs == Counter([*range(len(sweep.body["candidates"])), None])
