"""What callers may ask of a job in every state that it can be in."""

from typing import Any

import pytest
import redis

from tests.worker.jobs.situations import (
    ASKING,
    REFUSED,
    SITUATIONS,
    Situation,
    claimed,
    paused,
    publishing,
)
from tests.worker.working import queued_again
from worker.errors import IllegalMove, JobNotFound
from worker.jobs.record import State
from worker.jobs.transitions import Transitions

CASES = [
    pytest.param(bring_about, asking, expected, id=f"{asking} what is {name}")
    for name, (bring_about, answers) in SITUATIONS.items()
    for asking, expected in zip(ASKING, answers, strict=True)
]


@pytest.mark.parametrize(("bring_about", "asking", "expected"), CASES)
def test_what_comes_of_asking(
    jobs: Transitions,
    job: str,
    bring_about: Situation,
    asking: str,
    expected: tuple[str, str] | None,
) -> None:
    bring_about(jobs, job)
    before = jobs.get(job)
    if expected is REFUSED:
        with pytest.raises(IllegalMove, match="Expected"):
            getattr(jobs, asking)(job)
        assert jobs.get(job) == before
    else:
        record = getattr(jobs, asking)(job)
        assert (record.state, record.requested) == expected
        assert jobs.get(job) == record


@pytest.mark.parametrize(
    ("bring_about", "asking", "expected"), [case for case in CASES if case.values[2]]
)
def test_asking_twice_is_asking_once(
    jobs: Transitions, job: str, bring_about: Situation, asking: str, expected: object
) -> None:
    bring_about(jobs, job)
    first = getattr(jobs, asking)(job)
    assert getattr(jobs, asking)(job) == first


@pytest.mark.parametrize("asking", ASKING)
@pytest.mark.parametrize("unknown", ["job_" + "0" * 32, "job_1:events", "", "*"])
def test_of_what_does_not_exist_nothing_can_be_asked(
    jobs: Transitions, asking: str, unknown: str
) -> None:
    with pytest.raises(JobNotFound):
        getattr(jobs, asking)(unknown)


def test_a_refusal_says_what_is_the_matter(jobs: Transitions, job: str) -> None:
    with pytest.raises(IllegalMove, match="has learned nothing that could be kept"):
        jobs.stop(job)
    mine = claimed(jobs, job)
    jobs.cancel(job)
    with pytest.raises(IllegalMove, match="one can stop; this one is running, to cancel"):
        jobs.stop(job)
    jobs.finish(mine, State.CANCELLED)
    with pytest.raises(IllegalMove, match="one can pause; this one is cancelled"):
        jobs.pause(job)
    with pytest.raises(IllegalMove, match="not over; this one is cancelled"):
        jobs.resume(job)


def test_what_is_being_published_can_only_be_waited_for(jobs: Transitions, job: str) -> None:
    publishing()(jobs, job)
    for asking in ("cancel", "pause", "stop"):
        with pytest.raises(IllegalMove, match="being published"):
            getattr(jobs, asking)(job)


@pytest.mark.parametrize("asking", ["cancel", "pause", "stop"])
def test_when_it_was_asked_is_noted(jobs: Transitions, job: str, asking: str) -> None:
    mine = claimed(jobs, job)
    record = getattr(jobs, asking)(job)
    assert None not in (record.requested_at, mine.started_at)
    assert record.requested_at >= mine.started_at


def test_a_stop_of_a_paused_job_is_noted_too(jobs: Transitions, job: str) -> None:
    paused(jobs, job)
    assert jobs.stop(job).requested_at is not None


def test_what_was_asked_reaches_the_attempt_with_its_next_word(jobs: Transitions, job: str) -> None:
    mine = claimed(jobs, job)
    for asking in ("pause", "stop", "cancel"):
        getattr(jobs, asking)(job)
        mine = jobs.renew(mine, 10, {})
        assert mine.requested == asking


def test_a_pause_that_was_not_reached_can_be_taken_back(jobs: Transitions, job: str) -> None:
    mine = claimed(jobs, job)
    jobs.pause(job)
    assert jobs.resume(job).requested == ""
    assert jobs.renew(mine, 10, {}).requested == ""
    assert jobs.finish(mine, State.SUCCEEDED).state is State.SUCCEEDED


def test_a_pause_that_was_taken_back_too_late_gives_the_attempt_back(
    jobs: Transitions, job: str
) -> None:
    mine = claimed(jobs, job)
    jobs.pause(job)
    jobs.resume(job)
    # It had heard of the pause already, and leaves.
    assert jobs.give_back(mine, "paused").state is State.QUEUED


def test_a_resumed_job_goes_on_with_the_next_attempt(jobs: Transitions, job: str) -> None:
    mine = claimed(jobs, job)
    jobs.pause(job)
    paused = jobs.give_back(mine, "paused", {"progress": {"epoch": 3}})
    assert (paused.state, paused.requested, paused.finished_at) == (State.PAUSED, "", None)
    jobs.resume(job)
    again = claimed(jobs, job)
    assert (again.attempt, again.requested, again.progress) == (2, "", {"epoch": 3})


def test_a_stopped_job_that_was_paused_tells_its_next_attempt(jobs: Transitions, job: str) -> None:
    paused(jobs, job)
    jobs.stop(job)
    assert claimed(jobs, job).requested == "stop"


@pytest.mark.parametrize("lost", [False, True])
def test_a_stop_outlives_the_attempt_of_which_it_was_asked(
    jobs: Transitions, job: str, lost: bool
) -> None:
    mine = claimed(jobs, job)
    jobs.stop(job)
    after = jobs.record_loss(mine, 3, "signal 9") if lost else jobs.give_back(mine, "preempted")
    assert (after.state, after.requested) == (State.QUEUED, "stop")


def test_a_pause_that_came_while_the_training_ended_does_not_keep_the_model_away(
    jobs: Transitions, job: str
) -> None:
    mine = claimed(jobs, job)
    jobs.pause(job)
    assert jobs.begin_publishing(mine, "cats", 0).version == 1
    assert jobs.finish(mine, State.SUCCEEDED).state is State.SUCCEEDED


def test_who_is_lost_while_publishing_is_not_paused_for_ever(jobs: Transitions, job: str) -> None:
    mine = claimed(jobs, job)
    jobs.pause(job)
    jobs.record_loss(jobs.begin_publishing(mine, "cats", 0), 3, "signal 9")
    again = claimed(jobs, job)
    assert (again.version, again.requested) == (1, "")


@pytest.mark.parametrize(("asking", "state"), [("cancel", "cancelled"), ("pause", "paused")])
def test_a_wish_comes_before_a_last_loss(
    jobs: Transitions, job: str, asking: str, state: str
) -> None:
    mine = claimed(jobs, job)
    getattr(jobs, asking)(job)
    after = jobs.record_loss(mine, 1, "signal 9")
    assert (after.state, after.problem) == (state, None)
    assert (after.finished_at is not None) == (state == "cancelled")


def test_every_move_that_a_caller_makes_is_told_with_what_was_asked(
    jobs: Transitions, job: str, client: redis.Redis
) -> None:
    queued_again(jobs, job)
    for asking in ("pause", "resume", "pause", "stop", "cancel"):
        getattr(jobs, asking)(job)
    events: Any = client.xrange(f"purr:job:{job}:events")
    assert [e["why"] for _, e in events if e["who"] == "caller"] == [
        "submitted", "pause", "resume", "pause", "stop", "cancel"
    ]  # fmt: skip
