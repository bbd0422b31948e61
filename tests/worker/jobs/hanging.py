"""A real worker whose jobs hang: `python -m tests.worker.jobs.hanging`.

Their lease is kept, for that is the work of a thread of its own; but nobody takes a step.
"""

import time

from worker.__main__ import Keeper
from worker.jobs import queue_worker, reaper
from worker.jobs.attempt import Attempt
from worker.jobs.reaper import Reaper
from worker.jobs.redis_connection import connect
from worker.jsontypes import Json
from worker.settings import Settings
from worker.tasks import entry
from worker.tasks.context import WorkerContext


def hang(context: WorkerContext, attempt: Attempt) -> Json:
    if not attempt.record.body.get("quick"):
        time.sleep(1000)
    return {}


def main() -> None:
    entry.WORK["job"] = hang
    queue_worker.PULSE_S, reaper.GRACE_S = 1, 1  # seconds that nobody wants to wait for here
    settings = Settings()
    context = WorkerContext(settings)
    sweeper = Reaper(
        context.redis, context.records, context.job_queue, context.store, settings.max_attempts
    )
    keeper = Keeper(sweeper, context)
    queue_worker.work("train", connect(settings.redis_url or "", patient=True, text=False), keeper)


if __name__ == "__main__":
    main()
