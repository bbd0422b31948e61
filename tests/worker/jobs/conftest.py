"""What tests of records may ask for: each part of a worker, with an empty Redis and store."""

import pytest

from worker.jobs.archiver import Archiver
from worker.jobs.garbage import Garbage
from worker.jobs.recovery import Recovery
from worker.jobs.transitions import Transitions
from worker.tasks.context import WorkerContext


@pytest.fixture
def records(context: WorkerContext) -> Transitions:
    return context.records["job"]


@pytest.fixture
def archiver(context: WorkerContext) -> Archiver:
    return context.archiver


@pytest.fixture
def recovery(context: WorkerContext) -> Recovery:
    return context.recovery


@pytest.fixture
def garbage(context: WorkerContext) -> Garbage:
    return context.garbage
