"""Two who want something of one record at the same moment: one of them is first, and told so."""

from collections.abc import Callable
from typing import Any

import pytest
import redis

from tests.worker.working import at_once
from worker.errors import Cancelled, IllegalMove, LeaseLost
from worker.jobs.record import Record, State, new_id
from worker.jobs.transitions import Transitions


class Interrupted(Transitions):
    """Something else happens just before it makes its change with this number, from 0."""

    def __init__(self, client: redis.Redis, number: int, happens: Callable[[], Any]) -> None:
        super().__init__(client, "job")
        self._left, self._happens = number, happens

    def change(self, *what: Any, **how: Any) -> tuple[bool, Record]:
        self._left -= 1
        if self._left == -1:
            self._happens()
        return super().change(*what, **how)


ROUNDS = range(15)  # in which either may be the first


def claimed(jobs: Transitions) -> Record:
    return jobs.claim(jobs.create(new_id("job"), {}).id, "w", 10)


@pytest.mark.parametrize("turn", ROUNDS)
def test_a_pause_and_a_claim(jobs: Transitions, turn: int) -> None:
    job = jobs.create(new_id("job"), {}).id
    paused, mine = at_once(lambda: jobs.pause(job), lambda: jobs.claim(job, "w", 10))
    record = jobs.get(job)
    if isinstance(mine, LeaseLost):
        assert (record.state, record.attempt) == (State.PAUSED, 0)
    else:
        assert (record.state, record.requested) == (State.RUNNING, "pause")
        assert jobs.give_back(mine, "paused").state is State.PAUSED
    assert isinstance(paused, Record)


@pytest.mark.parametrize("turn", ROUNDS)
def test_a_cancel_and_a_claim(jobs: Transitions, turn: int) -> None:
    job = jobs.create(new_id("job"), {}).id
    cancelled, mine = at_once(lambda: jobs.cancel(job), lambda: jobs.claim(job, "w", 10))
    record = jobs.get(job)
    assert isinstance(cancelled, Record)
    assert record.requested == "cancel"
    assert (record.state is State.RUNNING) == isinstance(mine, Record)
    assert (record.state is State.CANCELLED) == isinstance(mine, LeaseLost)


@pytest.mark.parametrize("asking", ["cancel", "pause", "stop"])
@pytest.mark.parametrize("turn", ROUNDS)
def test_a_request_and_the_beginning_of_publishing(
    jobs: Transitions, asking: str, turn: int
) -> None:
    mine = claimed(jobs)
    asked, publishing = at_once(
        lambda: getattr(jobs, asking)(mine.id), lambda: jobs.begin_publishing(mine, "cats", 0)
    )
    record = jobs.get(mine.id)
    if asking == "cancel":  # a job is never both cancelled and published
        assert isinstance(asked, Record) == isinstance(publishing, Cancelled)
        assert (record.version is None) == (record.requested == "cancel")
    else:
        assert record.version is not None
    assert isinstance(asked, IllegalMove) == (record.requested == "")


@pytest.mark.parametrize("asking", ["cancel", "pause", "stop"])
@pytest.mark.parametrize("turn", ROUNDS)
def test_a_request_and_the_end(jobs: Transitions, asking: str, turn: int) -> None:
    mine = jobs.begin_publishing(claimed(jobs), "cats", 0) if turn % 2 else claimed(jobs)
    asked, finished = at_once(
        lambda: getattr(jobs, asking)(mine.id), lambda: jobs.finish(mine, State.SUCCEEDED)
    )
    record = jobs.get(mine.id)
    assert isinstance(asked, IllegalMove) == (record.requested == "")
    if record.requested == "cancel":  # what is cancelled does not succeed
        assert isinstance(finished, Cancelled)
        assert jobs.finish(mine, State.CANCELLED).state is State.CANCELLED
    else:
        assert isinstance(finished, Record)
        assert record.state is State.SUCCEEDED


# However it falls, the record ends where the one who asked wanted to have it.
@pytest.mark.parametrize(
    ("asking", "expected"),
    [("cancel", {State.CANCELLED}), ("pause", {State.PAUSED}), ("stop", {State.QUEUED})],
)
@pytest.mark.parametrize("lost", [False, True])
@pytest.mark.parametrize("turn", ROUNDS)
def test_a_request_and_the_end_of_an_attempt(
    jobs: Transitions, asking: str, expected: set[State], lost: bool, turn: int
) -> None:
    mine = claimed(jobs)

    def leave() -> Record:
        return jobs.record_loss(mine, 3, "signal 9") if lost else jobs.give_back(mine, "preempted")

    asked, left = at_once(lambda: getattr(jobs, asking)(mine.id), leave)
    assert isinstance(asked, Record), asked
    assert isinstance(left, Record), left
    record = jobs.get(mine.id)
    assert record.state in expected
    assert record.requested == {"pause": ""}.get(asking, asking)


@pytest.mark.parametrize("turn", ROUNDS)
def test_a_resume_and_the_pause_that_is_reached(jobs: Transitions, turn: int) -> None:
    mine = claimed(jobs)
    jobs.pause(mine.id)
    resumed, left = at_once(lambda: jobs.resume(mine.id), lambda: jobs.give_back(mine, "paused"))
    assert isinstance(resumed, Record), resumed
    assert isinstance(left, Record), left
    assert (jobs.get(mine.id).state, jobs.get(mine.id).requested) == (State.QUEUED, "")


@pytest.mark.parametrize(
    ("asking", "number", "paused_before", "state"),
    [
        ("cancel", 1, False, State.CANCELLED),
        ("cancel", 1, True, State.CANCELLED),
        ("pause", 1, False, State.PAUSED),
        ("pause", 1, True, State.PAUSED),
        ("stop", 0, False, State.QUEUED),
        ("stop", 0, True, State.QUEUED),
        ("resume", 1, True, State.QUEUED),
    ],
)
def test_who_looks_while_it_runs_and_asks_when_it_has_ended(
    jobs: Transitions,
    client: redis.Redis,
    asking: str,
    number: int,
    paused_before: bool,
    state: State,
) -> None:
    mine = claimed(jobs)

    def leave() -> None:
        if paused_before and asking != "resume":
            jobs.pause(mine.id)
        jobs.give_back(mine, "preempted")

    if asking == "resume":
        jobs.pause(mine.id)
    record = getattr(Interrupted(client, number, leave), asking)(mine.id)
    assert record == jobs.get(mine.id)
    assert record.state is state
    assert record.requested == (asking if asking in ("cancel", "stop") else "")


@pytest.mark.parametrize("turn", ROUNDS)
def test_a_resume_and_a_cancel_of_a_paused_job(jobs: Transitions, turn: int) -> None:
    job = jobs.create(new_id("job"), {}).id
    jobs.pause(job)
    resumed, cancelled = at_once(lambda: jobs.resume(job), lambda: jobs.cancel(job))
    assert isinstance(cancelled, Record)
    assert isinstance(resumed, Record | IllegalMove)
    assert jobs.get(job).state is State.CANCELLED


@pytest.mark.parametrize("turn", ROUNDS)
def test_many_who_resume_and_stop_make_one_move(jobs: Transitions, turn: int) -> None:
    mine = claimed(jobs)
    jobs.give_back(mine, "preempted")
    jobs.pause(mine.id)
    asks: list[Callable[[], Any]] = [lambda: jobs.resume(mine.id), lambda: jobs.stop(mine.id)]
    results = at_once(*(asks * 4))
    assert all(isinstance(result, Record) for result in results), results
    record = jobs.get(mine.id)
    assert (record.state, record.requested) == (State.QUEUED, "stop")


@pytest.mark.parametrize("turn", ROUNDS)
def test_of_many_who_claim_one_gets_it(jobs: Transitions, turn: int) -> None:
    job = jobs.create(new_id("job"), {}).id
    names = [f"worker-{number}" for number in range(8)]
    results = at_once(*(lambda name=name: jobs.claim(job, name, 10) for name in names))
    (mine,) = (result for result in results if isinstance(result, Record))
    assert sum(isinstance(result, LeaseLost) for result in results) == 7
    assert (mine.attempt, mine.worker) == (1, jobs.get(job).worker)


@pytest.mark.parametrize("turn", ROUNDS)
def test_of_many_who_see_a_loss_one_counts_it(jobs: Transitions, turn: int) -> None:
    mine = claimed(jobs)
    at_once(*[lambda: jobs.record_loss(mine, 3, "no sign of life")] * 4)
    assert (jobs.get(mine.id).state, jobs.get(mine.id).losses) == (State.QUEUED, 1)
