"""A child that hears nothing any more is killed by its worker, and what was asked is done."""

import signal
from collections.abc import Iterator

import pytest

from tests.conftest import Eventually
from tests.worker.jobs.own import Own, own_worker
from worker.jobs.queue import JobQueue
from worker.jobs.record import Record, State, new_id


@pytest.fixture(scope="module")
def own() -> Iterator[Own]:
    with own_worker("tests.worker.jobs.hanging") as own:
        yield own


def submitted(own: Own, **body: object) -> str:
    record = own.records["job"].create(new_id("job"), {"model": "cats", **body})
    JobQueue(own.raw).enqueue(record)
    return record.id


def hangs(own: Own, eventually: Eventually) -> Record:
    """A job that has begun, and will never get on."""
    records, job = own.records["job"], submitted(own)
    eventually(lambda: records.get(job).renewals)
    return records.get(job)


@pytest.mark.parametrize(("asking", "state"), [("cancel", "cancelled"), ("pause", "paused")])
def test_who_hangs_is_killed_and_the_request_carried_out(
    own: Own, eventually: Eventually, asking: str, state: str
) -> None:
    records, job = own.records["job"], hangs(own, eventually).id
    getattr(records, asking)(job)
    eventually(lambda: records.get(job).state == state)
    assert records.get(job).losses <= 1
    assert own.alive()
    quick = submitted(own, quick=True)
    eventually(lambda: records.get(quick).state is State.SUCCEEDED)
    eventually(lambda: not JobQueue(own.raw).waiting("job"))


def test_who_hangs_and_is_to_stop_gives_way_to_another_attempt(
    own: Own, eventually: Eventually
) -> None:
    records, began = own.records["job"], hangs(own, eventually)
    job = began.id
    eventually(
        lambda: int(records.get(job).renewals) > int(began.renewals) + 1
    )  # some seconds later
    records.stop(job)
    eventually(lambda: records.get(job).attempt == 2)
    assert records.get(job).requested == "stop"
    records.cancel(job)
    eventually(lambda: records.get(job).state is State.CANCELLED)


def test_a_paused_job_that_hung_can_go_on(own: Own, eventually: Eventually) -> None:
    records, job = own.records["job"], hangs(own, eventually).id
    records.pause(job)
    eventually(lambda: records.get(job).state is State.PAUSED)
    JobQueue(own.raw).enqueue(records.resume(job))
    eventually(lambda: records.get(job).state is State.RUNNING)
    assert records.get(job).attempt == 2
    records.cancel(job)
    eventually(lambda: records.get(job).state is State.CANCELLED)


def test_the_end_of_who_was_killed_is_in_the_store(own: Own, eventually: Eventually) -> None:
    records, job = own.records["job"], hangs(own, eventually).id
    own.store.archive.keep_request(job, {"body": {"model": "cats"}})
    records.cancel(job)
    eventually(lambda: own.store.archive.events(job))
    last = (own.store.archive.events(job) or [])[-1]["data"]
    killed = f"signal {int(signal.SIGKILL)}"
    assert (last["state"], last["who"], last["why"]) == ("cancelled", "reaper", killed)


def test_who_is_asked_nothing_may_take_its_time(own: Own, eventually: Eventually) -> None:
    records, job = own.records["job"], hangs(own, eventually).id
    renewals = int(records.get(job).renewals)
    eventually(lambda: int(records.get(job).renewals) > renewals + 3)
    assert records.get(job).attempt == 1
    records.cancel(job)
    eventually(lambda: records.get(job).state is State.CANCELLED)
