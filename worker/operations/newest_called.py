"""Which record is meant by a name that several may have."""

import sys
from collections.abc import Callable

from worker.jobs.record import Record
from worker.jobs.transitions import Transitions


def newest_called(
    name: str, records: Transitions, is_ready: Callable[[Record], bool]
) -> Record | None:
    """Returns the newest record of this name that is ready, or else the newest; None if none has
    this name.

    Raises:
        QueueUnavailable: Redis does not answer, or may have forgotten one that is ready.
    """
    newest: Record | None = None
    for record in records.page(None, sys.maxsize, None):
        if record.body["name"] == name:
            if is_ready(record):
                return record
            newest = newest or record
    records.check_complete()
    return newest
