"""Whoever has a sweep go on may die before and after each step, and Redis may forget all: no
candidate is tried twice or never, and the end is the same."""

import random
from collections.abc import Callable
from typing import Any

import pytest

from tests.worker.sweeping import Sweeping
from worker.jobs.record import State
from worker.jobs.transitions import Transitions
from worker.operations.jobs import Jobs
from worker.operations.sweep import OCCUPYING, Sweep
from worker.store.books import BookStore

ASKED: dict[str, dict[str, Any]] = {
    "grid": {"parallel": 2},
    "halving": {
        "spec": {"epochs": 40},
        "method": "halving",
        "count": 6,
        "parallel": 2,
        "halving": {"first_epochs": 4},
        "vary": {"optimizer.learning_rate": {"from": 1e-4, "to": 1e-1, "scale": "log"}},
    },
}
MOST_STEPS = 300  # until it must have ended
DEADLY = 0.25  # the share of steps at which somebody dies
STEPS = (
    (BookStore, "keep_book"),
    (Jobs, "make"),
    (Transitions, "create"),
    (Transitions, "go_on"),
    (Transitions, "give_up"),
)


class Died(BaseException):
    """As a process that is killed: nobody catches it."""


def deadly(step: Callable[..., Any], chance: random.Random) -> Callable[..., Any]:
    """The step, before or after which it may come to an end."""

    def taken(*args: Any, **named: Any) -> Any:
        before, after = (chance.random() < DEADLY / 2 for _ in "12")
        if before:
            raise Died
        found = step(*args, **named)
        if after:
            raise Died
        return found

    return taken


def disturbed(sweeping: Sweeping, made: Sweep, chance: random.Random) -> Sweep:
    """The sweep at its end, after many have died."""
    for _ in range(MOST_STEPS):
        if (found := sweeping.sweeps.get(made.id)).book.end:
            return found
        if waiting := sweeping.tools.records.ids(State.QUEUED):
            sweeping.play(chance.choice(waiting))
        if chance.random() < 0.1:
            sweeping.context.redis.flushall()
            sweeping.context.recovery.fill()
        try:
            sweeping.sweeps.advance_all()
        except Died:
            continue
        finally:
            assert sum(job.state in OCCUPYING for job in sweeping.jobs(made.id)) <= 2
    raise AssertionError("It never came to its end.")


def told(sweep: Sweep) -> tuple[object, ...]:
    """What is the same whoever died."""
    states = [sweep.state_of(each) for each in range(len(sweep.body["candidates"]))]
    return sweep.state, states, sweep.book.rungs, sweep.best()


@pytest.mark.parametrize("seed", range(2))
@pytest.mark.parametrize("method", ASKED)
def test_the_end_is_the_same_whoever_dies(
    sweeping: Sweeping, monkeypatch: pytest.MonkeyPatch, method: str, seed: int
) -> None:
    expected = sweeping.played_to_its_end(**ASKED[method])
    made, chance = sweeping.submit(**ASKED[method]), random.Random(seed)
    for where, name in STEPS:
        monkeypatch.setattr(where, name, deadly(getattr(where, name), chance))
    found = disturbed(sweeping, made, chance)
    assert told(found) == told(expected)
    assert sweeping.once(found)
