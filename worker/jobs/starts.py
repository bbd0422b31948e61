"""Which jobs start from versions of models."""

import sys
from collections.abc import Collection

from worker.jobs.record import UNFINISHED
from worker.jobs.transitions import Transitions


def starting_from(jobs: Transitions, name: str, versions: Collection[int]) -> list[str]:
    """Returns the ids of the jobs that are not over and start from one of these versions.

    Raises:
        QueueUnavailable: Redis does not answer.
    """
    return [
        job.id
        for state in UNFINISHED
        for job in jobs.page(state, sys.maxsize, None)
        if (start := job.body.get("start_from"))
        and start["model"] == name
        and start["version"] in versions
    ]
