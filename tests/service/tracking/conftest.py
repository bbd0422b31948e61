"""What tests of trackers may ask for."""

from collections.abc import Iterator
from pathlib import Path

import pytest
import redis

from service.launcher.valkey import Valkey
from tests.service.tracking.fake_mlflow import FakeMlflow, mlflow_serving
from tests.service.tracking.mlflow_bench import MlflowBench
from tests.service.tracking.tracked_job import TrackedJob, epoch
from worker.jobs.transitions import open_records


@pytest.fixture
def running(client: redis.Redis, root: Path) -> TrackedJob:
    """A job that has trained for three epochs, in the second of which something was found."""
    job = TrackedJob(open_records(client)["job"], root)
    job.train(epoch(1), epoch(2))
    job.find()
    job.train(epoch(3, gradient_norms=None, layers=None))
    return job


@pytest.fixture
def fake() -> Iterator[FakeMlflow]:
    with mlflow_serving() as fake:
        yield fake


@pytest.fixture
def bench(
    client: redis.Redis, valkey: Valkey, root: Path, fake: FakeMlflow
) -> Iterator[MlflowBench]:
    yield MlflowBench(valkey, root, fake, export_models=False)
