"""What a worker's child logs while it works at a job, told among the events of the job.

So it is kept, follows and expires as these do, and reaches the API from any machine, in the same
scripts that renew the lease.
"""

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime

from worker.jobs.attempt import Attempt

LOG = "log"  # the name of such an event
MOST = 500  # lines of an attempt
HEAD, TAIL = 1_000, 1_000  # characters of a longer text that are told: where it begins and ends
NO_MORE = f"More than {MOST} lines of one attempt are not told here; the worker's own log has them."


class AttemptLog(logging.Handler):
    """Makes an event of each line, up to MOST of them.

    State: how many may still come.
    """

    def __init__(self, attempt: Attempt) -> None:
        super().__init__(logging.INFO)
        self._attempt, self._left = attempt, MOST

    def emit(self, record: logging.LogRecord) -> None:
        if self._left == 0:
            return
        self._left -= 1
        # No traceback: answers of the API carry none. The worker's own log has it.
        text = record.getMessage().removeprefix(f"{self._attempt.record.id} ")
        if record.exc_info and (error := record.exc_info[0]):
            text = f"{text}: {error.__name__}; the worker's own log has its traceback"
        self._tell(record, shortened(text) if self._left else NO_MORE)

    def _tell(self, record: logging.LogRecord, message: str) -> None:
        at = datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds")
        about = {"at": at, "level": record.levelname, "source": record.name}
        attempt = self._attempt.record.attempt
        self._attempt.event(LOG, {**about, "attempt": attempt, "message": message})


@contextmanager
def told(attempt: Attempt) -> Iterator[None]:
    """What is logged in the block is told as events of the attempt's job; of nothing else."""
    if attempt.record.kind != "job":
        yield
        return
    root, handler = logging.getLogger(), AttemptLog(attempt)
    root.addHandler(handler)
    try:
        yield
    finally:
        root.removeHandler(handler)


def shortened(text: str) -> str:
    """Returns a text of at most about HEAD + TAIL characters: how it begins and how it ends."""
    if (over := len(text) - HEAD - TAIL) <= 0:
        return text
    return f"{text[:HEAD]} … {over} characters left out … {text[-TAIL:]}"
