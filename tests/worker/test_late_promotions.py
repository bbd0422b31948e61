"""Promotions by attempts that die, that come late, and that others are faster than."""

from typing import Any

import pytest
import redis

from tests.worker.promoting import DEAD, GOOD, champion, done, told
from tests.worker.working import outcome, publish_dataset, queued_again, submitted, wiped
from worker.errors import LeaseLost, StoreFull
from worker.jobs.record import State
from worker.store import aliases as alias_module
from worker.store.aliases import CHAMPION, Aliases, Move
from worker.tasks import job as job_module
from worker.tasks import promotion as module
from worker.tasks.context import WorkerContext


@pytest.fixture(autouse=True)
def _dataset(context: WorkerContext) -> None:
    publish_dataset(context.store)


def test_an_attempt_that_died_after_publishing_is_followed_by_one_that_promotes(
    context: WorkerContext, monkeypatch: pytest.MonkeyPatch
) -> None:
    done(context, **GOOD)
    records, job = context.records["job"], submitted(context, **GOOD)
    with monkeypatch.context() as dying:
        dying.setattr(job_module, "promote", died)
        with pytest.raises(SystemExit):
            outcome(context, job)
    assert (context.store.models.versions("cats"), champion(context)) == ([1, 2], 1)
    records.record_loss(records.get(job), 3, "signal 9")
    record = outcome(context, job)
    assert (record.state, told(record)["promoted"], champion(context)) == ("succeeded", True, 2)


def died(*_: object) -> None:
    raise SystemExit


def test_a_promotion_that_was_undone_is_not_made_again(
    context: WorkerContext, monkeypatch: pytest.MonkeyPatch
) -> None:
    done(context, **GOOD)
    records, job = context.records["job"], submitted(context, **GOOD)
    move = Aliases.move

    def then_die(self: Aliases, name: str, made: Move, revision: int) -> None:
        move(self, name, made, revision)
        raise SystemExit

    with monkeypatch.context() as dying:
        dying.setattr(Aliases, "move", then_die)
        with pytest.raises(SystemExit):
            outcome(context, job)
    assert champion(context) == 2
    context.store.aliases.move("cats", Move(CHAMPION, 1, "caller", "rolled back"), 2)
    records.record_loss(records.get(job), 3, "signal 9")
    record = outcome(context, job)
    assert (record.state, told(record)["promoted"], champion(context)) == ("succeeded", True, 1)


def test_after_a_wipe_of_redis_the_next_attempt_promotes(
    context: WorkerContext, monkeypatch: pytest.MonkeyPatch, client: redis.Redis
) -> None:
    done(context, **GOOD)
    job, promote = submitted(context, **GOOD), module.promote

    def wipe_before(*how: Any) -> None:
        wiped(client, context.recovery)
        promote(*how)

    with monkeypatch.context() as wiping:
        wiping.setattr(job_module, "promote", wipe_before)
        assert outcome(context, job).state is State.QUEUED
    assert champion(context) == 1
    record = outcome(context, job)
    assert (record.state, record.version, champion(context)) == (State.SUCCEEDED, 2, 2)


def test_a_late_attempt_moves_nothing(
    context: WorkerContext, monkeypatch: pytest.MonkeyPatch
) -> None:
    done(context, **GOOD)
    records, job, promote = context.records["job"], submitted(context, **GOOD), module.promote

    def given_up_before(*how: Any) -> None:
        record = records.get(job)
        for _ in range(2):
            records.record_loss(record, 2, "signal 9")
            if records.get(job).state is State.QUEUED:
                record = records.claim(job, "other", 10)
        promote(*how)

    monkeypatch.setattr(job_module, "promote", given_up_before)
    assert outcome(context, job).state is State.FAILED
    assert (context.store.models.versions("cats"), champion(context)) == ([1], 1)


def test_the_lease_is_asked_for(context: WorkerContext) -> None:
    records, job = context.records["job"], submitted(context)
    mine = records.claim(job, "w", 10)
    records.check_held(mine)
    records.give_back(mine, "preempted")
    with pytest.raises(LeaseLost, match="came too late"):
        records.check_held(mine)
    context.redis.flushall()
    with pytest.raises(LeaseLost, match="does not know"):
        records.check_held(mine)


def test_two_jobs_that_end_at_once_are_each_held_against_the_champion_of_then(
    context: WorkerContext, monkeypatch: pytest.MonkeyPatch
) -> None:
    done(context, **DEAD)
    done(context, **GOOD, promote="never")
    job, move = submitted(context, **GOOD, seed=2), Aliases.move

    def another_first(self: Aliases, name: str, made: Move, revision: int) -> Any:
        monkeypatch.setattr(Aliases, "move", move)
        move(self, name, Move(CHAMPION, 2, "caller", "first"), revision)
        return move(self, name, made, revision)

    monkeypatch.setattr(Aliases, "move", another_first)
    record = outcome(context, job)
    assert (told(record)["promoted"], champion(context)) == (True, 3)
    assert context.store.aliases.of("cats").history[0].before == 2
    assert told(record)["comparisons"][0]["champion_right"] == 20


def test_a_disk_that_is_full_then_is_no_failure(
    context: WorkerContext, monkeypatch: pytest.MonkeyPatch
) -> None:
    done(context, **GOOD)

    def full(*_: object) -> None:
        raise StoreFull("The disk is full.")

    monkeypatch.setattr(alias_module, "write_atomically", full)
    job = done(context, **GOOD)
    assert (told(job)["promoted"], told(job)["reasons"]) == (False, ["The disk is full."])
    assert champion(context) == 1


def test_a_version_that_cannot_be_asked_at_all_is_no_failure(
    context: WorkerContext, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "right_answers", lambda *_: 1 / 0)
    done(context, **GOOD)
    job = done(context, **GOOD)
    assert told(job)["promoted"]
    assert "failed unexpectedly" in told(job)["not_compared"][0]


def test_a_job_that_was_given_back_after_publishing_promotes_later(
    context: WorkerContext,
) -> None:
    job = submitted(context, **GOOD)
    queued_again(context.records["job"], job)
    assert told(outcome(context, job))["promoted"]
