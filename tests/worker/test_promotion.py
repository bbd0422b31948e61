"""Which version of a model answers after a job: in this process, with a real Redis and store."""

import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import redis

from tests.worker.feature_jobs import job_on, ready_backbone, ready_photos
from tests.worker.working import (
    DATASET,
    outcome,
    publish_dataset,
    queued_again,
    submitted,
    wiped,
)
from worker.errors import LeaseLost, StoreFull
from worker.jobs.record import Record, State, new_id
from worker.jsontypes import Json
from worker.operations.promotions import NOT_WISHED
from worker.store import aliases as alias_module
from worker.store.aliases import CHAMPION, Aliases, Move
from worker.tasks import job as job_module
from worker.tasks import promotion as module
from worker.tasks.context import WorkerContext

GOOD: Json = {
    "network": {"hidden_units": []},
    "optimizer": {"kind": "adam", "learning_rate": 0.1},
    "epochs": 30,
}
# It has learned nothing: whatever comes, it gives one answer.
DEAD: Json = {
    "network": {"hidden_units": []},
    "normalization": "scale",
    "optimizer": {"kind": "sgd", "learning_rate": 1e-9},
    "epochs": 1,
}


@pytest.fixture(autouse=True)
def _dataset(context: WorkerContext) -> None:
    publish_dataset(context.store)


def done(context: WorkerContext, **spec: Any) -> Record:
    job = outcome(context, submitted(context, **spec))
    assert job.state is State.SUCCEEDED, job.problem
    return job


def champion(context: WorkerContext) -> int:
    return context.store.aliases.answering("cats")


def told(job: Record) -> Json:
    assert job.promotion is not None
    return job.promotion


def test_the_first_version_answers_whatever_it_is(context: WorkerContext) -> None:
    job = done(context, **DEAD, promote="never")
    assert told(job)["promoted"]
    [move] = context.store.aliases.of("cats").history
    assert (move.version, move.who, move.before) == (1, job.id, None)


def test_a_dead_network_does_not_take_the_place_of_a_good_one(context: WorkerContext) -> None:
    done(context, **GOOD)
    dead = done(context, **DEAD)
    assert (dead.version, champion(context)) == (2, 1)
    said = told(dead)
    assert (said["promoted"], said["allowed"]) == (False, False)
    [found] = said["comparisons"]
    assert (found["on"], found["rows"], found["champion_right"]) == (DATASET, 20, 20)
    assert found["candidate_right"] == dead.result["test"]["accuracy"] * 20 < 15  # type: ignore[index]
    assert any("worse than the champion" in reason for reason in said["reasons"])
    again = done(context, **GOOD)
    assert (told(again)["promoted"], champion(context)) == (True, 3)
    assert context.store.aliases.of("cats").history[0].guard == {
        name: told(again)[name] for name in ("allowed", "reasons", "comparisons", "not_compared")
    }


def test_always_promotes_and_says_what_there_was_to_be_said(context: WorkerContext) -> None:
    done(context, **GOOD)
    job = done(context, **DEAD, promote="always")
    assert (told(job)["promoted"], told(job)["allowed"], champion(context)) == (True, False, 2)
    move = context.store.aliases.of("cats").history[0]
    assert (move.forced, move.who, move.before) == (True, job.id, 1)


def test_never_leaves_the_champion_and_keeps_what_a_caller_needs_to_decide(
    context: WorkerContext,
) -> None:
    done(context, **GOOD)
    job = done(context, **GOOD, promote="never")
    assert champion(context) == 1
    assert (told(job)["promoted"], told(job)["reasons"]) == (False, [NOT_WISHED])
    assert told(job)["comparisons"][0]["both"] == 20


def test_of_a_model_from_before_the_newest_version_stays_the_champion(
    context: WorkerContext,
) -> None:
    for _ in range(2):
        done(context, **GOOD)
    (context.settings.data_dir / "models" / "cats" / "aliases.json").unlink()
    shutil.rmtree(context.settings.data_dir / "models" / "cats" / "right")
    dead = done(context, **DEAD)
    assert (dead.version, champion(context)) == (3, 2)
    assert told(dead)["comparisons"][0]["champion_right"] == 20
    [move] = context.store.aliases.of("cats").history
    assert (move.version, move.who) == (2, "service")


def test_both_are_asked_about_the_rows_of_both(context: WorkerContext) -> None:
    done(context, **GOOD)
    other = publish_other(context)
    job = done(context, **GOOD, dataset=other)
    assert {found["on"] for found in told(job)["comparisons"]} == {DATASET, other}
    assert told(job)["not_compared"] == []


@pytest.mark.parametrize("gone", ["removed", "damaged"])
def test_what_cannot_be_asked_any_more_is_said(context: WorkerContext, gone: str) -> None:
    done(context, **GOOD)
    other, folder = publish_other(context), context.settings.data_dir / "datasets" / DATASET
    if gone == "removed":
        shutil.rmtree(folder)
    else:
        np.save(folder / "test_y.npy", np.zeros(20, "int64"))
    job = done(context, **GOOD, dataset=other)
    assert [found["on"] for found in told(job)["comparisons"]] == [other]
    assert len(told(job)["not_compared"]) == 2
    assert all(DATASET in reason for reason in told(job)["not_compared"])
    assert told(job)["promoted"]


def test_a_champion_that_is_damaged_keeps_none_from_its_place(context: WorkerContext) -> None:
    done(context, **GOOD)
    folder = context.settings.data_dir / "models" / "cats"
    shutil.rmtree(folder / "right")
    (folder / "1" / "weights.safetensors").write_bytes(b"gone")
    job = done(context, **GOOD, seed=2)
    assert (told(job)["promoted"], told(job)["comparisons"]) == (True, [])
    assert "Version 1 was not asked" in told(job)["not_compared"][0]


def test_other_classes_are_not_compared(context: WorkerContext) -> None:
    done(context, **GOOD)
    job = done(context, **GOOD, dataset=publish_other(context, ["0", "dog"]))
    assert (told(job)["promoted"], told(job)["comparisons"]) == (False, [])
    assert "other classes" in told(job)["reasons"][0]


def test_the_order_of_the_classes_is_no_difference(context: WorkerContext) -> None:
    done(context, **GOOD)
    job = done(context, **GOOD, dataset=publish_other(context, ["1", "0"], swapped=True))
    assert [found["both"] for found in told(job)["comparisons"]] == [20, 20]
    assert told(job)["promoted"]


def publish_other(
    context: WorkerContext, classes: list[str] | None = None, *, swapped: bool = False
) -> str:
    """A dataset like DATASET of other rows, whose pictures are a little brighter."""
    store, dataset = context.store.datasets, new_id("ds")
    known, about = store.open(DATASET), store.manifest(DATASET)
    with store.local_folder(dataset) as part:
        for split, rows in known.splits.items():
            np.save(part / f"{split}_x.npy", np.asarray(rows.x) + np.uint8(1))
            np.save(part / f"{split}_y.npy", 1 - rows.y if swapped else rows.y)
        named = {"classes": classes} if classes else {}
        kept = {key: value for key, value in about.items() if key not in ("id", "digest")}
        store.publish(dataset, part, {**kept, **named})
    return dataset


# Models with a backbone


def test_models_that_answer_by_a_backbone_are_compared_by_its_features(
    context: WorkerContext, tmp_path: Path
) -> None:
    backbone, photos = ready_backbone(context, tmp_path), ready_photos(context, tmp_path)
    for flip in (False, True):
        spec: Json = {"augmentation": {"flip": flip}}
        job = outcome(context, job_on(context, backbone, photos, **spec))
        assert job.state is State.SUCCEEDED, job.problem
    assert [found["on"] for found in told(job)["comparisons"]] == [photos.id]
    context.store.features.drop(photos.id)
    shutil.rmtree(context.settings.data_dir / "models" / "cats" / "right")
    job = outcome(context, submitted(context, dataset=photos.id, **GOOD))
    assert "features" in " ".join(told(job)["not_compared"])


# Attempts that die, and those that come late


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
