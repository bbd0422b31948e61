"""The table of moves: all of it can be walked, and nothing else."""

from collections.abc import Callable
from itertools import product
from typing import Any

import pytest
import redis

from worker.jobs.record import FINAL, MOVES, Move, State, may_move, new_id
from worker.jobs.transitions import Transitions, open_records

Walk = Callable[[Transitions, str], object]

PAIRS = list(product(State, State))
LEGAL = {(move.before, move.after) for move in MOVES}


def running(jobs: Transitions, job: str) -> Any:
    return jobs.claim(job, "w", 10)


def asked(what: str) -> Walk:
    """Has an attempt end of which something was asked."""

    def walk(jobs: Transitions, job: str) -> object:
        mine = running(jobs, job)
        getattr(jobs, what)(job)
        return jobs.give_back(mine, what)

    return walk


def lost(what: str = "", max_losses: int = 3) -> Walk:
    """Has an attempt die, of which something may have been asked."""

    def walk(jobs: Transitions, job: str) -> object:
        mine = running(jobs, job)
        if what:
            getattr(jobs, what)(job)
        return jobs.record_loss(mine, max_losses, "signal 9")

    return walk


def cancelled_by_its_attempt(jobs: Transitions, job: str) -> object:
    mine = running(jobs, job)
    jobs.cancel(job)
    return jobs.finish(mine, State.CANCELLED)


def paused_then(what: str) -> Walk:
    def walk(jobs: Transitions, job: str) -> object:
        jobs.pause(job)
        return getattr(jobs, what)(job)

    return walk


# How each row of the table comes about.
WALKS: dict[tuple[State, State, str], Walk] = {
    (State.QUEUED, State.RUNNING, "worker"): running,
    (State.QUEUED, State.PAUSED, "caller"): lambda jobs, job: jobs.pause(job),
    (State.QUEUED, State.CANCELLED, "caller"): lambda jobs, job: jobs.cancel(job),
    (State.RUNNING, State.SUCCEEDED, "worker"): lambda jobs, job: jobs.finish(
        running(jobs, job), State.SUCCEEDED
    ),
    (State.RUNNING, State.FAILED, "worker"): lambda jobs, job: jobs.finish(
        running(jobs, job), State.FAILED, {"problem": {"code": "diverged"}}
    ),
    (State.RUNNING, State.CANCELLED, "worker"): cancelled_by_its_attempt,
    (State.RUNNING, State.PAUSED, "worker"): asked("pause"),
    (State.RUNNING, State.QUEUED, "worker"): lambda jobs, job: jobs.give_back(
        running(jobs, job), "preempted"
    ),
    (State.RUNNING, State.QUEUED, "reaper"): lost(),
    (State.RUNNING, State.FAILED, "reaper"): lost(max_losses=1),
    (State.RUNNING, State.CANCELLED, "reaper"): lost("cancel"),
    (State.RUNNING, State.PAUSED, "reaper"): lost("pause"),
    (State.PAUSED, State.QUEUED, "caller"): paused_then("resume"),
    (State.PAUSED, State.CANCELLED, "caller"): paused_then("cancel"),
}


def named(move: Move) -> str:
    return f"{move.who}: {move.before} to {move.after}"


def test_three_states_are_final() -> None:
    assert {State.SUCCEEDED, State.FAILED, State.CANCELLED} == FINAL


def test_every_state_that_is_not_final_can_reach_each_final_one() -> None:
    def reached(before: State, known: frozenset[State] = frozenset()) -> set[State]:
        steps = {after for start, after in LEGAL if start == before} - known
        return steps.union(*(reached(step, known | steps | {before}) for step in steps))

    assert all(reached(state) >= FINAL for state in set(State) - FINAL)


def test_every_row_says_who_and_when() -> None:
    assert {move.who for move in MOVES} == {"caller", "worker", "reaper"}
    assert all(move.when for move in MOVES)
    assert len({(move.before, move.after, move.who) for move in MOVES}) == len(MOVES)


def test_every_row_is_walked() -> None:
    assert {move[:3] for move in MOVES} == WALKS.keys()


@pytest.mark.parametrize("move", MOVES, ids=named)
def test_a_move_of_the_table_is_made_and_told(
    jobs: Transitions, job: str, client: redis.Redis, move: Move
) -> None:
    WALKS[move[:3]](jobs, job)
    assert jobs.get(job).state is move.after
    events: Any = client.xrange(f"purr:job:{job}:events")
    states = [entry["state"] for _, entry in events]
    assert states[-2:] == [move.before, move.after]
    # A worker is told by its name.
    assert events[-1][1]["who"] == {"worker": "w"}.get(move.who, move.who)
    assert events[-1][1]["why"]


@pytest.mark.parametrize("move", MOVES, ids=named)
def test_a_move_takes_the_record_from_one_listing_to_the_other(
    jobs: Transitions, job: str, move: Move
) -> None:
    WALKS[move[:3]](jobs, job)
    listed = {state for state in State if job in jobs.ids(state)}
    assert listed == {move.after}
    assert (jobs.position(job) is not None) == (move.after is State.QUEUED)


@pytest.mark.parametrize(("before", "after"), PAIRS, ids="-".join)
def test_no_other_move_can_be_made(jobs: Transitions, before: State, after: State) -> None:
    job = new_id("job")
    jobs.restore(job, {"state": before, "attempt": "0", "body": "{}"})
    if (before, after) in LEGAL:
        assert may_move(before, after)
        changed, record = jobs.change(job, {"state": [before]}, {"state": after})
        assert (changed, record.state) == (True, after)
    else:
        with pytest.raises(ValueError, match="No move leads"):
            jobs.change(job, {"state": [before]}, {"state": after})
        assert jobs.get(job).state is before


@pytest.mark.parametrize("final", sorted(FINAL))
def test_from_a_final_state_nothing_leads_away(final: State) -> None:
    assert not any(may_move(final, after) for after in State)


def test_datasets_move_by_the_same_table(client: redis.Redis) -> None:
    datasets = open_records(client)["ds"]
    made = datasets.create(new_id("ds"), {"name": "a"}).id
    datasets.finish(datasets.claim(made, "w", 10), State.SUCCEEDED)
    assert datasets.get(made).state is State.SUCCEEDED
