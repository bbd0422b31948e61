"""What the record of an import says of how far it is."""

import json
from typing import Any

import pytest
import redis

from tests.clock import Clock
from tests.conftest import Eventually
from worker.data.progress import MOST, Phase
from worker.errors import LeaseLost
from worker.jobs.attempt import Attempt
from worker.jobs.record import Record, new_id
from worker.jobs.transitions import Transitions, open_records
from worker.tasks import pace
from worker.tasks.import_progress import ImportProgress


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    clock = Clock()
    monkeypatch.setattr(pace, "time", clock)
    return clock


@pytest.fixture
def datasets(client: redis.Redis) -> Transitions:
    return open_records(client)["ds"]


@pytest.fixture
def mine(datasets: Transitions) -> Record:
    return datasets.claim(datasets.create(new_id("ds"), {"name": "a"}).id, "w", 10)


@pytest.fixture
def attempt(datasets: Transitions, mine: Record) -> Attempt:
    return Attempt(datasets, mine, 10)


def noted(attempt: Attempt) -> tuple[Any, Any]:
    found = attempt.notes["progress"]
    return found["percent"], found["eta_s"]


def test_the_time_that_is_left_is_of_the_phase_alone(attempt: Attempt, clock: Clock) -> None:
    progress = ImportProgress(attempt)
    progress.tell("measuring", 0, 200)
    assert noted(attempt) == (0.0, None)
    clock.now += 4
    progress.tell("measuring", 50, 200)
    assert noted(attempt) == (25.0, 12.0)
    clock.now += 100
    progress.tell("converting", 10, 200)  # an earlier report was not heard
    assert noted(attempt) == (5.0, None)
    clock.now += 3
    progress.tell("converting", 40, 200)
    assert noted(attempt) == (20.0, 16.0)
    progress.tell("converting", 200, 200)
    assert noted(attempt) == (100.0, 0.0)


def test_where_nobody_knows_how_much_there_is_nothing_is_said_of_the_end(
    attempt: Attempt, clock: Clock
) -> None:
    progress = ImportProgress(attempt)
    for done in (0, 7):
        progress.tell("reading", done, None)
        clock.now += 1
    assert attempt.notes["progress"] == {
        "phase": "reading", "done": 7, "total": None, "percent": None, "eta_s": None
    }  # fmt: skip


@pytest.mark.parametrize("numbers", [(MOST, MOST), (1, MOST), (0, 1), (5, 5), (3, 9)])
def test_numbers_that_jump_are_written_as_they_come(
    attempt: Attempt, clock: Clock, numbers: tuple[int, int]
) -> None:
    progress = ImportProgress(attempt)
    progress.tell("converting", 4, 10)
    clock.now += 1000
    progress.tell("converting", *numbers)
    json.dumps(attempt.notes, allow_nan=False)
    percent, eta_s = noted(attempt)
    assert 0 <= percent <= 100
    assert eta_s is None or eta_s >= 0


def test_it_is_in_the_record_of_whoever_has_the_lease(
    datasets: Transitions, mine: Record, attempt: Attempt, eventually: Eventually
) -> None:
    def phase() -> Phase | None:
        return (datasets.get(mine.id).progress or {}).get("phase")

    with attempt:
        ImportProgress(attempt).tell("checking", 1, 2)
        eventually(lambda: phase() == "checking")
    datasets.give_back(mine, "preempted")
    datasets.claim(mine.id, "another", 10)
    with Attempt(datasets, attempt.record, 10) as late:
        ImportProgress(late).tell("publishing", 0, None)
        eventually(lambda: isinstance(late._stop, LeaseLost))
    assert phase() == "checking"
