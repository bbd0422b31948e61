"""A job that starts from a model, as the task does it: it resumes, and says where it came from."""

import os
from signal import SIGTERM
from typing import Any

import pytest

from tests.worker.working import (
    DATASET,
    LONG,
    gets_on,
    meanwhile,
    outcome,
    publish_dataset,
    submitted,
)
from worker.jobs.record import State
from worker.jsontypes import Json
from worker.tasks.context import WorkerContext

NETWORK: Json = {"hidden_units": [6, 5], "dropout": 0.2}
WARM: Json = {"network": NETWORK, "start_from": {"model": "cats", "version": 1}, "freeze": 1}


@pytest.fixture
def first(context: WorkerContext) -> Json:
    """The manifest of a model to start from."""
    publish_dataset(context.store)
    assert outcome(context, submitted(context, network=NETWORK)).state is State.SUCCEEDED
    return context.store.models.manifest("cats", 1)


def told_to_end(context: WorkerContext, **spec: Any) -> str:
    """A job that waits again after it has begun and left a checkpoint."""
    job = submitted(context, **spec)

    def tell() -> bool:
        os.kill(os.getpid(), SIGTERM)
        return True

    told = meanwhile(gets_on(context.records["job"], job), tell)
    record = outcome(context, job)
    told.join()
    assert record.state is State.QUEUED
    assert context.store.jobs.newest_checkpoint(job) is not None
    return job


@pytest.mark.parametrize("precision", ["float32", "float64"])
def test_a_job_that_was_told_to_end_goes_on_to_the_bytes_of_one_undisturbed(
    context: WorkerContext, first: Json, precision: str
) -> None:
    spec = {**LONG, **WARM, "precision": precision}
    disturbed = told_to_end(context, **spec)
    # By now its model has a newer version, which is not the one that was meant.
    newer = submitted(context, network=NETWORK, seed=9, priority="high")
    assert outcome(context, newer).version == 2
    assert outcome(context, disturbed).state is State.SUCCEEDED
    assert outcome(context, submitted(context, **{**spec, "model": "dogs"})).version == 1
    resumed, whole = (
        context.store.models.manifest(name, version) for name, version in (("cats", 3), ("dogs", 1))
    )
    for kept in ("digest", "unfolded_digest", "result", "parents"):
        assert resumed[kept] == whole[kept], kept
    assert whole["parents"] == [{"model": "cats", "version": 1, "digest": first["digest"]}]


def test_the_frozen_layer_is_published_in_the_bytes_of_its_model(
    context: WorkerContext, first: Json
) -> None:
    assert outcome(context, submitted(context, **WARM, seed=4)).version == 2
    before, after = (context.store.models.tensors("cats", version) for version in (1, 2))
    for name in ("W1", "b1"):
        assert before[name].tobytes() == after[name].tobytes()
    assert before["W2"].tobytes() != after["W2"].tobytes()


def test_a_model_that_is_gone_fails_the_job_and_says_so(context: WorkerContext) -> None:
    publish_dataset(context.store)
    job = outcome(context, submitted(context, dataset=DATASET, **WARM))
    assert (job.state, (job.problem or {})["code"]) == (State.FAILED, "model_not_found")


def test_a_model_that_is_damaged_fails_the_job_and_says_so(
    context: WorkerContext, first: Json
) -> None:
    path = context.settings.data_dir / "models" / "cats" / "1" / "unfolded.safetensors"
    path.write_bytes(path.read_bytes()[:-1] + b"x")
    job = outcome(context, submitted(context, **WARM))
    assert (job.state, (job.problem or {})["code"]) == (State.FAILED, "damaged_model")


def test_what_a_job_has_learned_is_kept_beside_what_answers(
    context: WorkerContext, first: Json
) -> None:
    kept = context.store.models.unfolded("cats", 1)
    assert {*kept} == {"W1", "b1", "W2", "b2", "W3", "b3", "shift", "factor"}
    assert kept["shift"].dtype == "float64"
    folded = context.store.models.tensors("cats", 1)
    assert folded["W2"].tobytes() == kept["W2"].tobytes()
    assert folded["W1"].tobytes() != kept["W1"].tobytes()
    assert first["parents"] == []
