"""Which jobs need versions of models."""

import sys
from collections.abc import Collection

from worker.jobs.record import UNFINISHED
from worker.jobs.transitions import Transitions


def needing(jobs: Transitions, name: str, versions: Collection[int]) -> list[str]:
    """Returns the ids of the jobs that are not over and start from one of these versions, or verify
    one.

    Raises:
        QueueUnavailable: Redis does not answer.
    """
    return [
        job.id
        for state in UNFINISHED
        for job in jobs.page(state, sys.maxsize, None)
        for need in (job.body.get("start_from"), job.body.get("verifies"))
        if need and need["model"] == name and need["version"] in versions
    ]
