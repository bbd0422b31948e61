"""Sweeps from their request to their end, with a worker in this process."""

import json
from typing import Any

import pytest

from tests.worker.sweeping import RATES, Sweeping
from worker.errors import LimitExceeded, SweepNotFound
from worker.jobs.record import Record, State
from worker.jobs.trash import Trash

# With a learning rate that is large.
DIVERGING = {"network": {"hidden_units": [6], "activation": "identity"}, "normalization": "none"}


def test_every_candidate_is_tried_and_the_best_is_fitted_again_on_all_rows(
    sweeping: Sweeping,
) -> None:
    found = sweeping.ended()
    assert found.state is State.SUCCEEDED
    assert sweeping.once(found)
    *candidates, refit = sweeping.jobs()
    costs = [job.validation["loss"] for job in candidates if job.validation]
    assert found.best() == costs.index(min(costs))
    best = candidates[found.best() or 0]
    assert refit.body["optimizer"] == best.body["optimizer"]
    assert refit.body["validation_fraction"] == 0
    assert best.validation is not None
    assert refit.body["epochs"] == best.validation["epoch"]
    assert sweeping.context.store.models.versions("cats") == [1] == [refit.version]


def test_candidates_publish_nothing_and_say_nothing_of_the_rows_for_testing(
    sweeping: Sweeping,
) -> None:
    sweeping.ended(refit=False)
    for job in sweeping.jobs():
        assert (job.state, job.version, job.promotion) == (State.SUCCEEDED, None, None)
        assert job.result is not None
        assert job.result.keys() == {"train", "validation"}
    assert sweeping.context.store.models.names() == []


def test_no_more_jobs_are_made_than_may_run_at_a_time(sweeping: Sweeping) -> None:
    found = sweeping.submit(parallel=2)
    assert [job.sweep["candidate"] for job in sweeping.jobs() if job.sweep] == [0, 1]
    sweeping.sweeps.advance_all()
    assert len(sweeping.jobs()) == 2
    assert sweeping.played(found.id).state is State.SUCCEEDED


def test_the_best_go_on_and_the_others_are_given_up(sweeping: Sweeping) -> None:
    found = sweeping.ended(
        {"epochs": 40}, method="halving", count=3, halving={"reduction": 3, "first_epochs": 4}
    )
    assert found.state is State.SUCCEEDED
    assert [(rung.epochs, rung.candidates) for rung in found.rungs] == [(4, 3), (40, 1)]
    (best,) = found.book.rungs[0]
    *candidates, refit = sweeping.jobs()
    first = [lowest(sweeping, job, 4) for job in candidates]
    for number, job in enumerate(candidates):
        assert job.validation is not None
        if number == best:
            assert (job.state, job.validation["epochs"]) == (State.SUCCEEDED, 40)
        else:
            assert (job.state, job.validation["epochs"]) == (State.CANCELLED, 4)
            assert job.ended_by == "halving"
            assert first[number] >= first[best]
    assert refit.state is State.SUCCEEDED


def lowest(sweeping: Sweeping, job: Record, epochs: int) -> float:
    """The lowest validation cost of a job within its first epochs."""
    rows = sweeping.context.store.jobs.metrics(job.id, job.attempt, 0, epochs).rows()
    return min(float(row["validation_loss"]) for row in rows)


def test_what_chance_chooses_stays_chosen(sweeping: Sweeping) -> None:
    rates = {"optimizer.learning_rate": {"from": 1e-3, "to": 1e-1, "scale": "log"}}
    asked: dict[str, Any] = {"vary": rates, "method": "random", "count": 4}
    one, other = (sweeping.submit(**asked, seed=3).body["candidates"] for _ in "12")
    assert one == other != sweeping.submit(**asked, seed=4).body["candidates"]


def test_a_candidate_that_fails_stops_nobody(sweeping: Sweeping) -> None:
    poison = {"optimizer.learning_rate": {"values": [1e3, 1e-4]}}
    spec = {"optimizer": {"kind": "sgd", "learning_rate": 0.1}, **DIVERGING}
    found = sweeping.ended(spec, vary=poison)
    assert [found.state_of(each) for each in (0, 1)] == ["failed", "succeeded"]
    assert (found.state, found.best()) == (State.SUCCEEDED, 1)


def test_a_sweep_fails_when_all_do(sweeping: Sweeping) -> None:
    made, records = sweeping.submit(parallel=3), sweeping.tools.records
    for job in sweeping.jobs():
        problem = {
            "code": "diverged",
            "detail": f"{job.body['optimizer']['learning_rate']} it was.",
        }
        records.finish(records.claim(job.id, "w", 60), State.FAILED, {"problem": problem})
    found = sweeping.played(made.id)
    sweeping.sweeps.advance_all()
    found = sweeping.sweeps.get(made.id)
    assert found.state is State.FAILED
    assert found.book.end is not None
    said = "3 of its jobs failed: 0.001 it was. 0.01 it was. 0.1 it was."
    assert found.book.end["problem"] == {"code": "diverged", "detail": said}


def test_a_candidate_that_is_refused_meanwhile_has_failed(sweeping: Sweeping) -> None:
    made, (job,) = sweeping.submit(), sweeping.jobs()
    sweeping.tools.jobs.cancel(job.id)
    context = sweeping.context
    trash = Trash(context.redis, context.records["ds"], context.store, context.archiver)
    trash.put(context.records["ds"].get(sweeping.dataset), 60)
    sweeping.sweeps.advance_all()
    found = sweeping.sweeps.get(made.id)
    assert [found.state_of(each) for each in range(3)] == ["cancelled", "failed", "failed"]
    assert found.book.end is not None
    assert found.book.end["problem"]["code"] == "dataset_not_ready"
    assert len(sweeping.jobs()) == 1


def test_a_store_that_is_full_only_delays_it(
    sweeping: Sweeping, monkeypatch: pytest.MonkeyPatch
) -> None:
    made, (job,) = sweeping.submit(refit=False), sweeping.jobs()
    with monkeypatch.context() as full:
        full.setattr("worker.system.files.free_bytes", lambda folder: -1)
        sweeping.play(job.id)
        sweeping.sweeps.advance_all()
        assert len(sweeping.jobs()) == 1
    sweeping.sweeps.advance_all()
    found = sweeping.played(made.id)
    assert found.state is State.SUCCEEDED
    assert len(sweeping.jobs()) == 3


def test_a_budget_of_jobs_is_kept(sweeping: Sweeping) -> None:
    found = sweeping.played_to_its_end(budget={"jobs": 2}, refit=False)
    assert (found.state, len(sweeping.jobs())) == (State.SUCCEEDED, 2)


def test_a_budget_of_seconds_ends_it_with_what_there_is(sweeping: Sweeping) -> None:
    found = sweeping.played_to_its_end(budget={"seconds": 0.001})
    assert [found.state_of(each) for each in range(3)] == ["succeeded", "waiting", "waiting"]
    assert (found.state, found.best()) == (State.SUCCEEDED, 0)


def test_halving_within_seconds_gives_up_who_waits(sweeping: Sweeping) -> None:
    asked = {"method": "halving", "count": 3, "halving": {"first_epochs": 4}}
    found = sweeping.played_to_its_end(
        {"epochs": 40}, budget={"seconds": 0.001}, refit=False, **asked
    )
    assert [found.state_of(each) for each in range(3)] == ["given_up", "waiting", "waiting"]
    assert (found.state, found.best()) == (State.SUCCEEDED, 0)


def test_one_key_makes_one_sweep(sweeping: Sweeping) -> None:
    asked = sweeping.asked()
    first, second = (sweeping.sweeps.submit(asked, "key") for _ in "12")
    assert first.id == second.id
    assert len(sweeping.jobs()) == 1


def test_there_may_be_so_many_open_sweeps(
    sweeping: Sweeping, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("worker.operations.sweeps.MOST_OPEN", 1)
    made = sweeping.submit()
    with pytest.raises(LimitExceeded, match="fewer than 1"):
        sweeping.submit()
    sweeping.sweeps.cancel(made.id)
    sweeping.submit()


@pytest.mark.parametrize("sweep_id", ["swp_1", "..", "swp_" + "0" * 32, "swp_" + "G" * 32])
def test_a_sweep_that_is_not_there(sweeping: Sweeping, sweep_id: str) -> None:
    with pytest.raises(SweepNotFound, match="No sweep"):
        sweeping.sweeps.get(sweep_id)


def test_all_sweeps_the_newest_first(sweeping: Sweeping) -> None:
    made = [sweeping.submit().id for _ in "123"]
    assert [each.id for each in sweeping.sweeps.page(2, None)] == made[:0:-1]
    assert [each.id for each in sweeping.sweeps.page(2, made[1])] == made[:1]


def test_what_was_asked_for_is_kept_as_it_was(sweeping: Sweeping) -> None:
    made = sweeping.submit()
    path = sweeping.context.settings.data_dir / "sweeps" / made.id / "request.json"
    kept = json.loads(path.read_bytes())
    assert kept["candidates"] == [{"optimizer.learning_rate": rate} for rate in RATES]
