"""Help with a scoring that another worker has: parts of it, for as long as nothing else waits."""

import logging
import signal
import time

from worker.errors import LeaseLost, RecordNotFound, WorkerError
from worker.jobs.attempt import Attempt
from worker.jobs.record import Record, State
from worker.jobs.transitions import Transitions
from worker.tasks.context import WorkerContext
from worker.tasks.other_work import other_work
from worker.tasks.scoring import Scoring

LOOK_S = 1.0  # between two looks whether the scoring goes on

log = logging.getLogger(__name__)


class Helping(Attempt):
    """Stands beside the attempt of another worker, and ends with it: it writes nothing down."""

    def __init__(self, records: Transitions, record: Record, lease_s: float) -> None:
        super().__init__(records, record, lease_s)
        self._looked = time.monotonic()

    def check(self) -> None:
        """End the help if it must end.

        Raises:
            Preempted: the worker was told to end.
            LeaseLost: the attempt has ended, or is to end.
            RecordNotFound, QueueUnavailable: nobody can tell.
        """
        super().check()
        if time.monotonic() - self._looked < LOOK_S:
            return
        self._looked, now = time.monotonic(), self._records.get(self.record.id)
        if (now.state, now.attempt) != (State.RUNNING, self.record.attempt) or now.requested:
            raise LeaseLost(f"The attempt {self.record.attempt} at {self.record.id} has ended.")


def helped(context: WorkerContext, record_id: str) -> bool:
    """Make parts of a scoring that another worker has begun and shares. Returns whether there was
    such a one. Whatever goes wrong costs nothing but the help: the other worker makes what is
    missing."""
    records, scorings = context.records["pred"], context.store.scorings
    if not scorings.is_shared(record_id):
        return False
    try:
        record = records.get(record_id)
    except RecordNotFound:
        return False
    if record.state is not State.RUNNING:
        return False
    helping = Helping(records, record, context.settings.lease_s)
    signal.signal(signal.SIGTERM, lambda *_: helping.preempt())
    try:
        Scoring(context, helping).help(
            lambda: scorings.is_shared(record_id) and not other_work(context)
        )
    except (WorkerError, OSError) as error:  # its files may be gone, once it has ended
        log.info("no more help with %s: %s", record_id, error)
    context.garbage.drop_late(record)
    return True
