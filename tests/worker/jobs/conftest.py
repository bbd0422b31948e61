"""What tests of records may ask for: each part of a worker, with an empty Redis and store."""

import pytest
import redis

from tests.worker.working import DATASET, publish_dataset
from worker.jobs.archiver import Archiver
from worker.jobs.fill_mark import filling
from worker.jobs.garbage import Garbage
from worker.jobs.idempotency import Keys
from worker.jobs.queue import JobQueue
from worker.jobs.reaper import Reaper
from worker.jobs.record import State
from worker.jobs.recovery import Recovery
from worker.jobs.transitions import Transitions
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
    publish_dataset(context.store)
    datasets = context.records["ds"]
    context.store.archive.keep_request(DATASET, {"body": {"name": "pictures"}})
    mine = datasets.claim(datasets.create(DATASET, {"name": "pictures"}).id, "w", 10)
    splits = {"train": {"rows": 60, "per_class": [30, 30]}}
    manifest = {**context.store.datasets.manifest(DATASET), "splits": splits}
    datasets.finish(mine, State.SUCCEEDED, {"result": manifest})
    records, job_queue = context.records["job"], JobQueue(raw)
    return Jobs(
        records, datasets, keys, job_queue, context.store, context.archiver, context.settings
    )
