"""Sweeps that are paused, resumed or cancelled, as a whole or a job of them alone."""

from typing import Any

import pytest

from tests.worker.sweeping import Sweeping
from tests.worker.working import outcome
from worker.errors import IllegalMove
from worker.jobs.record import State


def test_a_job_that_is_paused_by_its_sweep_alone_goes_on(sweeping: Sweeping) -> None:
    made, (job,) = sweeping.submit(), sweeping.jobs()
    sweeping.tools.records.pause(job.id)
    sweeping.sweeps.advance_all()
    assert sweeping.tools.records.get(job.id).state is State.QUEUED
    assert sweeping.played(made.id).state is State.SUCCEEDED


def test_a_best_one_that_cannot_be_fitted_again_fails_its_sweep(sweeping: Sweeping) -> None:
    made = sweeping.submit(parallel=3)
    for job in sweeping.jobs():
        sweeping.play(job.id)
    sweeping.sweeps.advance_all()
    *_, refit = sweeping.jobs()
    sweeping.sweeps.pause(made.id)
    assert sweeping.sweeps.resume(made.id).refit_job == {
        "job": refit.id, "state": "queued", "version": None
    }  # fmt: skip
    sweeping.tools.jobs.cancel(refit.id)
    sweeping.sweeps.advance_all()
    found = sweeping.sweeps.get(made.id)
    assert (found.state, found.winner) == (State.CANCELLED, 0)


def test_a_paused_sweep_makes_no_jobs_and_goes_on_where_it_was(sweeping: Sweeping) -> None:
    made = sweeping.submit()
    assert sweeping.sweeps.pause(made.id).state is State.PAUSED
    assert [job.state for job in sweeping.jobs()] == [State.PAUSED]
    assert sweeping.played(made.id).state is State.PAUSED
    assert sweeping.sweeps.resume(made.id).state is State.RUNNING
    found = sweeping.played(made.id)
    assert found.state is State.SUCCEEDED
    assert sweeping.once(found)


def test_a_cancelled_sweep_ends_its_jobs_and_makes_no_more(sweeping: Sweeping) -> None:
    made = sweeping.submit(parallel=2)
    assert sweeping.sweeps.cancel(made.id).state is State.CANCELLED
    assert [job.state for job in sweeping.jobs()] == [State.CANCELLED] * 2
    assert sweeping.played(made.id).state is State.CANCELLED
    assert sweeping.sweeps.cancel(made.id).state is State.CANCELLED
    with pytest.raises(IllegalMove, match="is cancelled"):
        sweeping.sweeps.resume(made.id)


def test_a_job_of_a_sweep_waits_when_its_sweep_does(sweeping: Sweeping) -> None:
    made = sweeping.submit()
    (job,) = sweeping.jobs()
    for move in (sweeping.tools.jobs.pause, sweeping.tools.jobs.resume):
        with pytest.raises(IllegalMove, match=made.id):
            move(job.id)


def test_a_candidate_that_somebody_cancels_is_not_the_best(sweeping: Sweeping) -> None:
    made = sweeping.submit()
    sweeping.tools.jobs.cancel(sweeping.jobs()[0].id)
    sweeping.sweeps.advance_all()
    found = sweeping.played(made.id)
    assert found.state_of(0) == "cancelled"
    assert found.state is State.SUCCEEDED
    assert found.best() != 0


def test_a_candidate_that_had_no_time_to_say_that_it_waits_waits_where_it_was(
    sweeping: Sweeping,
) -> None:
    halving: dict[str, Any] = {"method": "halving", "count": 3, "halving": {"first_epochs": 4}}
    sweeping.submit({"epochs": 40}, **halving)
    context, (job,) = sweeping.context, sweeping.jobs()
    paused = outcome(context, job.id)
    assert paused.state is State.PAUSED
    lost = {"state": State.QUEUED, "validation": "", "progress": ""}
    sweeping.tools.records.change(job.id, {"state": [State.PAUSED]}, lost, who="reaper", why="lost")
    again = outcome(context, job.id)
    assert (again.state, again.attempt) == (State.PAUSED, 2)
    assert again.validation == paused.validation
