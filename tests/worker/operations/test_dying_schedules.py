"""Whoever has a schedule go on may die before and after each step, several may do so at once, and
Redis may forget all: each firing has one job, and never are there two that are not over."""

import random

import pytest

from tests.worker.operations.test_dying_sweeps import Died, deadly
from tests.worker.scheduling import DAY, NIGHT, ON_VERSION, Scheduling
from tests.worker.working import at_once
from worker.jobs.record import UNFINISHED, State
from worker.jobs.transitions import Transitions
from worker.operations.jobs import Jobs
from worker.store.books import BookStore

STEPS = ((BookStore, "keep_book"), (Jobs, "make"), (Transitions, "create"))
NIGHTS = 12


def advance(scheduling: Scheduling, chance: random.Random) -> None:
    """Try until nobody dies."""
    with pytest.MonkeyPatch.context() as patch:
        for owner, name in STEPS:
            patch.setattr(owner, name, deadly(getattr(owner, name), chance))
        while True:
            try:
                return scheduling.schedules.advance_all()
            except Died:
                continue


def unfinished(scheduling: Scheduling) -> int:
    return sum(job.state in UNFINISHED for job in scheduling.made())


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize("when", [{"cron": "0 3 * * *"}, ON_VERSION], ids=["cron", "version"])
def test_whoever_dies_each_firing_has_one_job(
    scheduling: Scheduling, seed: int, when: dict[str, str]
) -> None:
    schedule, chance = scheduling.submit(when), random.Random(seed)
    for night in range(NIGHTS):
        if when is ON_VERSION:
            scheduling.version(str(night))
        scheduling.now_ms = NIGHT + night * DAY
        if chance.random() < 0.3:
            scheduling.context.redis.flushall()
            scheduling.context.recovery.fill()
        advance(scheduling, chance)
        assert unfinished(scheduling) == 1
        scheduling.end()
        advance(scheduling, chance)
    firings = scheduling.seen(schedule).book.firings
    assert [each.job for each in firings] == [job.id for job in scheduling.made()]
    assert len(firings) == NIGHTS
    assert {(each.over or {}).get("state") for each in firings} == {State.SUCCEEDED}


def test_several_processes_make_one_job(scheduling: Scheduling) -> None:
    scheduling.submit()
    processes = [scheduling.opened() for _ in range(6)]
    scheduling.now_ms = NIGHT
    assert at_once(*(each.advance_all for each in processes)) == [None] * 6
    assert len(scheduling.made()) == 1


def test_a_book_that_is_lost_makes_no_second_job_of_a_time(scheduling: Scheduling) -> None:
    schedule = scheduling.submit()
    scheduling.at(NIGHT)
    (job,) = scheduling.made()
    (scheduling.context.settings.data_dir / "schedules" / schedule / "book.json").unlink()
    scheduling.at(NIGHT)
    assert [each.id for each in scheduling.made()] == [job.id]
