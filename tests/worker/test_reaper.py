import pytest
import redis

from service.valkey import Valkey
from tests.conftest import Eventually
from worker.connection import connect
from worker.queue import Bell
from worker.reaper import Reaper
from worker.record import Record, State, new_id
from worker.records import Records, open_records


@pytest.fixture
def jobs(client: redis.Redis) -> Records:
    return open_records(client)["job"]


@pytest.fixture
def bell(client: redis.Redis, valkey: Valkey) -> Bell:
    return Bell(connect(valkey.url, text=False))


@pytest.fixture
def reaper(client: redis.Redis, bell: Bell) -> Reaper:
    return Reaper(open_records(client), bell, max_attempts=2)


@pytest.fixture
def lapsed(jobs: Records, eventually: Eventually) -> Record:
    """A running record whose worker has fallen silent."""
    record = jobs.claim(jobs.create(new_id("job"), {}).id, "w", lease_s=0.01)
    eventually(jobs.lapsed)
    return record


def test_a_silent_attempt_is_queued_again_and_rung(
    reaper: Reaper, jobs: Records, bell: Bell, lapsed: Record
) -> None:
    reaper.sweep()
    assert jobs.get(lapsed.id).state is State.QUEUED
    assert bell.waiting("job") == {lapsed.id}


def test_a_job_that_loses_every_worker_fails_and_says_so(
    reaper: Reaper,
    jobs: Records,
    lapsed: Record,
    eventually: Eventually,
) -> None:
    reaper.sweep()
    jobs.claim(lapsed.id, "w", lease_s=0.01)
    eventually(jobs.lapsed)
    reaper.sweep()
    record = jobs.get(lapsed.id)
    assert record.state is State.FAILED
    assert record.problem is not None
    assert record.problem["code"] == "worker_lost"


def test_what_renewed_its_lease_is_left_alone(reaper: Reaper, jobs: Records) -> None:
    record = jobs.claim(jobs.create(new_id("job"), {}).id, "w", lease_s=60)
    reaper.sweep()
    assert jobs.get(record.id).state is State.RUNNING


def test_an_end_that_came_first_stands(reaper: Reaper, jobs: Records, lapsed: Record) -> None:
    jobs.finish(lapsed, State.SUCCEEDED)
    reaper.lost(lapsed, "signal 9")
    assert jobs.get(lapsed.id).state is State.SUCCEEDED


def test_a_queued_record_without_a_message_is_rung_at_the_second_sight(
    reaper: Reaper, jobs: Records, bell: Bell
) -> None:
    job = jobs.create(new_id("job"), {}).id
    reaper.sweep()
    assert bell.waiting("job") == set()
    reaper.sweep()
    assert bell.waiting("job") == {job}
    reaper.sweep()
    assert len(bell.waiting("job")) == 1


def test_imports_are_looked_after_too(reaper: Reaper, client: redis.Redis, bell: Bell) -> None:
    dataset = open_records(client)["ds"].create(new_id("ds"), {"name": "a"}).id
    reaper.sweep()
    reaper.sweep()
    assert bell.waiting("ds") == {dataset}
