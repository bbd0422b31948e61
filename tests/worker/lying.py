"""A real worker that thinks jobs need next to nothing: `python -m tests.worker.lying`.

A job of a model named "aborts" ends as one does in which a library gets no memory.
"""

import os
import sys
from typing import Any

from worker import allowance, tasks, train
from worker.__main__ import run
from worker.estimate import BASE_BYTES
from worker.settings import Settings
from worker.sizes import Sizes


def aborting(spec: Any, *args: Any, **kwargs: Any) -> Any:
    if spec.model == "aborts":
        os.abort()
    return train.train(spec, *args, **kwargs)


def nothing(job: Sizes) -> int:
    return BASE_BYTES


if __name__ == "__main__":
    vars(allowance)["needed"], vars(tasks)["train"] = nothing, aborting
    sys.exit(run("train", Settings()))
