"""A real worker that thinks jobs need next to nothing: `python -m tests.worker.jobs.lying`.

A job of a model named "aborts" ends as one does in which a library gets no memory.
"""

import os
import sys
from typing import Any

from worker.__main__ import run
from worker.settings import Settings
from worker.tasks import training
from worker.training import fit, memory_limit
from worker.training.memory_estimate import BASE_BYTES
from worker.training.sizes import Sizes


def aborting(spec: Any, *args: Any, **kwargs: Any) -> Any:
    if spec.model == "aborts":
        os.abort()
    return fit.train(spec, *args, **kwargs)


def nothing(job: Sizes) -> int:
    return BASE_BYTES


if __name__ == "__main__":
    vars(memory_limit)["needed"], vars(training)["train"] = nothing, aborting
    sys.exit(run("train", Settings()))
