"""A call is written once, and made in both ways; type checkers know which."""

import inspect
from collections.abc import AsyncIterator, Generator, Iterator
from typing import assert_type

import pytest

from purrceptron import Async, Client, Dataset, Event, Job, Sync
from purrceptron.calling import drained, finished
from purrceptron.datasets import Datasets
from purrceptron.jobs import Jobs


def waiting(jobs: Jobs[Sync], job: Job, datasets: Datasets[Sync]) -> None:
    """Read by the type checker alone, as the next one is."""
    assert_type(jobs.get("job_1"), Job[Sync])
    assert_type(datasets.upload("pets.zip", name="pets").wait(), Dataset[Sync])
    assert_type(job.wait(timeout_s=1), Job[Sync])
    assert_type(job.events(), Iterator[Event])
    jobs.get(number=1)  # type: ignore[call-arg]


async def awaited(jobs: Jobs[Async], job: Job[Async]) -> None:
    assert_type(await jobs.get("job_1"), Job[Async])
    assert_type(await job.wait(timeout_s=1), Job[Async])
    assert_type(job.events(), AsyncIterator[Event])


def test_help_shows_what_a_call_takes(purr: Client) -> None:
    assert str(inspect.signature(purr.jobs.get)) == "(job: 'str') -> 'Job[M]'"
    assert purr.jobs.get.__doc__ == "Returns the job of this id."
    assert Jobs.get.__doc__ == purr.jobs.get.__doc__


class Later:
    """What only an event loop could wait for."""

    def __await__(self) -> Generator[None, None, None]:
        yield


async def numbers(closed: list[bool]) -> AsyncIterator[int]:
    try:
        yield 1
        yield 2
    finally:
        closed.append(True)


def test_a_stream_that_is_left_is_closed() -> None:
    closed: list[bool] = []
    stream = drained(numbers(closed))
    assert next(stream) == 1
    stream.close()
    assert closed == [True]


async def later() -> None:
    await Later()


def test_a_call_that_would_wait_for_an_event_loop_is_a_mistake() -> None:
    with pytest.raises(RuntimeError, match="got one that awaits"):
        finished(later())
