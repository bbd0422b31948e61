from collections.abc import Callable
from functools import partial

import pytest
import redis

from tests.conftest import Eventually
from worker.attempt import Attempt
from worker.errors import Cancelled, LeaseLost, Preempted
from worker.record import Record, new_id
from worker.records import Records, open_records


@pytest.fixture
def jobs(client: redis.Redis) -> Records:
    return open_records(client)["job"]


@pytest.fixture
def mine(jobs: Records) -> Record:
    return jobs.claim(jobs.create(new_id("job"), {}).id, "w", lease_s=0.5)


def was_told(jobs: Records, mine: Record, progress: dict[str, int]) -> bool:
    return jobs.get(mine.id).progress == progress


def stopped_by(attempt: Attempt, kind: type[Exception]) -> Callable[[], bool]:
    def asked() -> bool:
        try:
            attempt.check()
        except kind:
            return True
        return False

    return asked


def test_the_lease_outlives_its_length_while_the_attempt_lasts(
    jobs: Records, mine: Record, eventually: Eventually
) -> None:
    with Attempt(jobs, mine, lease_s=0.5) as attempt:
        for epoch in range(5):
            told = {"epoch": epoch}
            attempt.note(progress=told)
            eventually(partial(was_told, jobs, mine, told))
            attempt.check()
    eventually(lambda: jobs.lapsed() != [])


def test_a_request_to_cancel_is_heard(jobs: Records, mine: Record, eventually: Eventually) -> None:
    with Attempt(jobs, mine, lease_s=0.5) as attempt:
        jobs.cancel(mine.id)
        eventually(stopped_by(attempt, Cancelled))


def test_a_lost_lease_is_noticed(jobs: Records, mine: Record, eventually: Eventually) -> None:
    with Attempt(jobs, mine, lease_s=0.5) as attempt:
        jobs.lose(mine, 3, "looked dead")
        eventually(stopped_by(attempt, LeaseLost))


def test_a_worker_that_must_stop_stops_its_attempt(jobs: Records, mine: Record) -> None:
    with Attempt(jobs, mine, lease_s=0.5) as attempt:
        attempt.preempt()
        with pytest.raises(Preempted):
            attempt.check()


def test_an_outage_of_redis_does_not_end_the_attempt(
    jobs: Records, mine: Record, client: redis.Redis, eventually: Eventually
) -> None:
    with Attempt(jobs, mine, lease_s=0.5) as attempt:
        client.config_set("maxmemory", "1")  # every write is refused from now on
        try:
            attempt.note(progress={"epoch": 1})
            eventually(lambda: client.info("errorstats").get("errorstat_OOM"))
        finally:
            client.config_set("maxmemory", "0")
        eventually(lambda: jobs.get(mine.id).progress == {"epoch": 1})
        attempt.check()
