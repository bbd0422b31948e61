"""Jobs that are being trained as far as the records know: the test does what a worker would."""

from worker.jobs.record import Record, State, new_id
from worker.jobs.transitions import Transitions
from worker.jsontypes import Json

PROGRESS = {
    "phase": "training",
    "epoch": 1,
    "epochs": 2,
    "percent": 50.0,
    "eta_s": 1.0,
    "rows_per_s": 2.0,
    "loss": 0.5,
    "accuracy": 0.5,
}


def claimed(jobs: Transitions, job: str) -> Record:
    return jobs.claim(job, "w", 60)


class WorkingJob:
    """A new job that is claimed at once, and tells what a test wants to be told."""

    def __init__(self, records: Transitions) -> None:
        self._records = records
        self.id = records.create(new_id("job"), {}).id
        self._mine: Record = records.claim(self.id, "w", 60)

    def tell(self, *data: Json, event: str = "progress") -> None:
        events = [{"event": event, "data": each} for each in data]
        self._mine = self._records.renew(self._mine, 60, {}, events)

    def finish(self, *findings: Json, state: State = State.SUCCEEDED) -> None:
        events = [{"event": "finding", "data": each} for each in findings]
        self._records.finish(self._mine, state, {}, events)
