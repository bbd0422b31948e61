"""The training worker as it is, which also notes when it comes past certain places.

Its command takes the place of the worker's own. Every note is a line of JSON in the file that
FIRST_STEP_NOTES names: the place, the id of the job, and the time since 1970 in seconds.
"""

import json
import os
import sys
import time
from collections.abc import Callable
from functools import wraps
from typing import Any

from worker.__main__ import run
from worker.jobs import queue_worker
from worker.jobs.transitions import Transitions
from worker.settings import Settings
from worker.store.datasets import DatasetStore
from worker.tasks import entry
from worker.training import fit, step

# The job that this process works at; a forked child inherits it.
current = {"job": ""}


def note(place: str) -> None:
    line = json.dumps({"place": place, "job": current["job"], "time": time.time()}) + "\n"
    os.write(notes, line.encode())


def watched(owner: Any, name: str, before: str = "", after: str = "") -> None:
    """Note when this function begins or ends, for the first time in a process."""
    function: Callable[..., Any] = getattr(owner, name)

    @wraps(function)
    def watching(*args: Any, **kwargs: Any) -> Any:
        if before:
            note(before)
        result = function(*args, **kwargs)
        if after:
            note(after)
            setattr(owner, name, function)
        return result

    setattr(owner, name, watching)


own_execute_job = queue_worker.QueueWorker.execute_job


def execute_job(self: Any, job: Any, rq_queue: Any) -> None:
    current["job"] = job.id.rpartition("-")[0]
    note("picked up")
    own_execute_job(self, job, rq_queue)


if __name__ == "__main__":
    # Opened here, because the children may open files of the store alone.
    notes = os.open(os.environ["FIRST_STEP_NOTES"], os.O_WRONLY | os.O_APPEND | os.O_CREAT)
    queue_worker.QueueWorker.execute_job = execute_job  # type: ignore[method-assign]
    watched(queue_worker.QueueWorker, "main_work_horse", before="forked")
    watched(entry, "perform", before="task begun")
    watched(Transitions, "claim", after="claimed")
    watched(DatasetStore, "open", after="dataset open")
    watched(fit, "statistics", before="rows measured")
    watched(step.Steps, "__init__", before="batches ready")
    watched(step.Steps, "take", after="first step done")
    sys.exit(run("train", Settings()))
