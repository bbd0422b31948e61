"""What tests of records may ask for: each part of a worker, with an empty Redis and store."""

import pytest
import redis

from tests.worker.working import DATASET, ready_dataset
from worker.jobs.archiver import Archiver
from worker.jobs.fill_mark import filling
from worker.jobs.garbage import Garbage
from worker.jobs.idempotency import Keys
from worker.jobs.queue import JobQueue
from worker.jobs.reaper import Reaper
from worker.jobs.recovery import Recovery
from worker.jobs.transitions import Transitions
from worker.jobs.trash import Trash
from worker.operations.jobs import Jobs
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


@pytest.fixture
def sweeper(context: WorkerContext, raw: redis.Redis) -> Reaper:
    return Reaper(context.redis, context.records, JobQueue(raw), context.store, max_attempts=3)


@pytest.fixture
def keys(client: redis.Redis) -> Keys:
    with filling(client):
        pass
    return Keys(client)


@pytest.fixture
def operations(context: WorkerContext, keys: Keys, raw: redis.Redis) -> Jobs:
    """What the API calls, with a dataset that is ready."""
    ready_dataset(context, DATASET)
    shared = context.store, context.archiver, context.settings
    return Jobs(context.records, keys, JobQueue(raw), *shared)


@pytest.fixture
def trash(context: WorkerContext, recovery: Recovery) -> Trash:
    """Of a Redis that certainly knows all jobs."""
    recovery.fill()
    return Trash(context.redis, context.records["ds"], context.store, context.archiver)
