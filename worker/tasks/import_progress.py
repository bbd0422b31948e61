"""How far an import is, as its record says it."""

from worker.data.progress import Phase
from worker.jobs.attempt import Attempt
from worker.tasks.pace import Pace


class ImportProgress:
    """Notes on the record of an attempt how far its import is."""

    def __init__(self, attempt: Attempt) -> None:
        self._attempt, self._pace = attempt, Pace()

    def tell(self, phase: Phase, done: int, total: int | None) -> None:
        """Note how many rows of a phase are done, and of how many, if that is known."""
        pace = self._pace.of(phase, done, total)
        del pace["rows_per_s"]
        self._attempt.note(progress={"phase": phase, "done": done, "total": total, **pace})
