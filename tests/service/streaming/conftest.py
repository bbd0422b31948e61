"""What tests of event streams may ask for."""

import pytest
import redis

from tests.service.working_job import WorkingJob
from worker.jobs.transitions import open_records


@pytest.fixture
def working_job(client: redis.Redis) -> WorkingJob:
    """A job that has just begun."""
    return WorkingJob(open_records(client)["job"])
