"""Which version of a model answers after a job: in this process, with a real Redis and store."""

import shutil
from pathlib import Path

import numpy as np
import pytest

from tests.worker.feature_jobs import job_on, ready_backbone, ready_photos
from tests.worker.promoting import DEAD, GOOD, champion, done, told
from tests.worker.working import DATASET, outcome, publish_dataset, submitted
from worker.jobs.record import State, new_id
from worker.jsontypes import Json
from worker.operations.promotions import NOT_WISHED
from worker.tasks.context import WorkerContext


@pytest.fixture(autouse=True)
def _dataset(context: WorkerContext) -> None:
    publish_dataset(context.store)


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
