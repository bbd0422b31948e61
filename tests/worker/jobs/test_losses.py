"""Attempts that die without saying so: how often that may happen to a job."""

import json

import redis

from worker.jobs.record import Record, State
from worker.jobs.transitions import Transitions


def lost_at(jobs: Transitions, job: str, place: str = "", cause: str = "signal 9") -> Record:
    """The record after an attempt that kept a checkpoint at this place, and died."""
    mine = jobs.claim(job, "w", 10)
    if place:
        mine = jobs.renew(mine, 10, {"kept": place})
    return jobs.record_loss(mine, 3, cause)


def test_a_lost_attempt_is_queued_again_until_that_happened_too_often(
    jobs: Transitions, job: str
) -> None:
    for losses in (1, 2):
        after = lost_at(jobs, job)
        assert (after.state, after.losses) == (State.QUEUED, losses)
    after = lost_at(jobs, job, cause="no sign of life")
    assert (after.state, after.losses) == (State.FAILED, 3)
    assert after.finished_at is not None
    assert after.problem == {
        "code": "worker_lost",
        "detail": "The worker that had it was lost 3 times without getting on; "
        "the last cause: no sign of life.",
    }


def test_a_job_that_gets_on_may_be_lost_as_often_as_it_likes(jobs: Transitions, job: str) -> None:
    for epoch in range(10):
        after = lost_at(jobs, job, f"{epoch:08}-00000000")
        assert (after.state, after.losses) == (State.QUEUED, 1)


def test_losses_count_from_where_it_last_got_on(jobs: Transitions, job: str) -> None:
    lost_at(jobs, job)
    lost_at(jobs, job)
    assert lost_at(jobs, job, "00000001-00000000").losses == 1
    assert lost_at(jobs, job).losses == 2
    assert lost_at(jobs, job).state is State.FAILED


def test_who_comes_as_far_as_before_has_not_got_on(jobs: Transitions, job: str) -> None:
    for losses in (1, 2):
        assert lost_at(jobs, job, "00000001-00000000").losses == losses
    assert lost_at(jobs, job, "00000001-00000000").state is State.FAILED


def test_an_attempt_that_was_given_back_is_no_loss(jobs: Transitions, job: str) -> None:
    for _ in range(5):
        assert jobs.give_back(jobs.claim(job, "w", 10), "preempted").losses == 0


def test_of_one_that_may_lose_none_the_first_loss_is_the_end(jobs: Transitions, job: str) -> None:
    mine = jobs.renew(jobs.claim(job, "w", 10), 10, {"kept": "00000001-00000000"})
    assert jobs.record_loss(mine, 1, "signal 9").state is State.FAILED


def test_how_far_it_was_is_written_down(jobs: Transitions, job: str, client: redis.Redis) -> None:
    after = lost_at(jobs, job, "00000001-00000000")
    assert after.kept == after.lost_at
    assert json.loads(after.kept) == "00000001-00000000"
