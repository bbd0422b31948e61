"""What tests of records may ask for: each part of a worker, with an empty Redis and store."""

import pytest

from worker import tasks
from worker.jobs.archiver import Archiver
from worker.jobs.garbage import Garbage
from worker.jobs.recovery import Recovery
from worker.jobs.transitions import Transitions


@pytest.fixture
def records(context: tasks.WorkerContext) -> Transitions:
    return context.records["job"]


@pytest.fixture
def archiver(context: tasks.WorkerContext) -> Archiver:
    return context.archiver


@pytest.fixture
def recovery(context: tasks.WorkerContext) -> Recovery:
    return context.recovery


@pytest.fixture
def garbage(context: tasks.WorkerContext) -> Garbage:
    return context.garbage
