"""Whether anything waits that a worker had better do than what it does of its own accord."""

from worker.jobs.placement import COMPUTING
from worker.tasks.context import WorkerContext

LOOK = 100  # queued records among which a worker looks for one that it may claim


def other_work(context: WorkerContext) -> bool:
    """Whether a record waits that this worker may claim."""
    return any(
        context.job_queue.belonging_here(context.records[kind].waiting(LOOK)) for kind in COMPUTING
    )
