"""A job that wants more memory than it should need fails with both numbers; its worker lives on."""

import errno
import sys
from collections.abc import Iterator

import numpy as np
import pytest

from benchmarks.service.job_memory import Case, Data, net
from tests.conftest import Eventually
from tests.worker.jobs.own import Own, own_worker
from tests.worker.training.test_memory_estimate import published, submitted
from worker.errors import OutOfMemory
from worker.jobs.record import Record, State
from worker.training.memory_estimate import BASE_BYTES, needed
from worker.training.memory_limit import SPARE_BYTES, SURE, THREAD_BYTES, limited, most

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="only Linux limits memory")

SMALL = Case(Data(2, 10), net(3))
LIE = round(SURE * BASE_BYTES) + SPARE_BYTES + THREAD_BYTES


@pytest.fixture(scope="module")
def own() -> Iterator[Own]:
    with own_worker("tests.worker.jobs.lying", worker_threads=1) as own:
        yield own


@pytest.fixture(scope="module")
def dataset(own: Own) -> str:
    return published(own, Data(64, 20))


def failed(own: Own, job: str, eventually: Eventually) -> Record:
    """The record of a job once it has failed, at its first attempt."""
    records = own.records["job"]
    eventually(lambda: records.get(job).state is State.FAILED)
    record = records.get(job)
    assert (record.attempt, record.losses) == (1, 0)
    eventually(lambda: own.store.archive.events(job))  # kept in the store
    return record


def serves_on(own: Own, dataset: str, eventually: Eventually) -> bool:
    """Whether the same worker does the next job."""
    job = submitted(own, dataset, epochs=1)
    eventually(lambda: own.records["job"].get(job).state is State.SUCCEEDED)
    return own.alive()


@pytest.mark.parametrize("units", [3_000, 12_000])
def test_a_job_that_wants_more_fails_with_both_numbers_and_the_next_one_is_done(
    own: Own, dataset: str, eventually: Eventually, units: int
) -> None:
    job = submitted(own, dataset, network={"hidden_units": [units]})
    problem = failed(own, job, eventually).problem or {}
    assert problem["code"] == "out_of_memory"
    assert f"{BASE_BYTES:,}" in problem["detail"]
    assert f"{LIE:,}" in problem["detail"]
    assert "batch_size" in problem["detail"]
    assert serves_on(own, dataset, eventually)


def test_a_library_that_aborts_for_want_of_memory_ends_the_job_likewise(
    own: Own, dataset: str, eventually: Eventually
) -> None:
    problem = failed(own, submitted(own, dataset, model="aborts"), eventually).problem or {}
    assert problem["code"] == "out_of_memory"
    assert "aborted" in problem["detail"]
    assert serves_on(own, dataset, eventually)


@pytest.mark.parametrize("error", [MemoryError(), OSError(errno.ENOMEM, "none left")])
def test_however_it_is_said_it_is_told_in_numbers(error: Exception) -> None:
    job = SMALL.sizes(threads=1)
    numbers = f"about {needed(job):,} .* more than the {most(job):,}"
    with pytest.raises(OutOfMemory, match=numbers), limited(job):
        raise error


def test_another_fault_stays_what_it_is() -> None:
    with pytest.raises(ZeroDivisionError), limited(SMALL.sizes(threads=1)):
        raise ZeroDivisionError


def test_afterwards_there_is_no_limit() -> None:
    with pytest.raises(OutOfMemory), limited(SMALL.sizes(threads=1)):
        np.empty(2**30, "uint8")
    assert np.empty(2**30, "uint8").size == 2**30
