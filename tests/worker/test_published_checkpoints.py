"""A checkpoint is published as it stood: in the bytes of a job that ended with that epoch."""

from errno import ENOSPC
from typing import Any

import pytest

from tests.worker.training.starting import NETWORKS
from tests.worker.working import outcome, publish_dataset, submitted
from worker.jobs.garbage import drop_useless
from worker.jobs.record import Record, State
from worker.jsontypes import Json
from worker.tasks.context import WorkerContext

EPOCHS, CHOSEN = 6, 4


@pytest.fixture(autouse=True)
def at_every_epoch(monkeypatch: pytest.MonkeyPatch) -> None:
    """Checkpoints cost nothing, so they are written as often as they may be."""
    monkeypatch.setattr("worker.watch.FIRST_CHECKPOINT_S", 0.0)
    monkeypatch.setattr("worker.watch.COST", float("inf"))


def kept(context: WorkerContext, job: Record) -> list[int]:
    return [each.epoch for each in context.store.kept_checkpoints.of(job.id)]


def trained(context: WorkerContext, **spec: Any) -> Record:
    publish_dataset(context.store)
    job = outcome(context, submitted(context, epochs=EPOCHS, **spec))
    assert job.state is State.SUCCEEDED, job.problem
    return job


def published(context: WorkerContext, job: Record, epoch: int = CHOSEN) -> Record:
    """The job that publishes a checkpoint of another."""
    wanted = {"job": job.id, "epoch": epoch}
    made = submitted(context, **{**job.body, "checkpoint": wanted})
    context.store.kept_checkpoints.lend(job.id, epoch, made)
    return outcome(context, made)


FIELDS: dict[str, Json] = {
    "plain": {},
    "averages": {"average_weights": 0.9},
    # Its best epoch may be an earlier one: published is the epoch that was asked for.
    "early stopping": {"validation_fraction": 0.2, "early_stopping": {"patience": 99}},
    "float64": {"precision": "float64"},
}


@pytest.mark.parametrize("kind", NETWORKS)
@pytest.mark.parametrize("fields", FIELDS.values(), ids=FIELDS)
def test_it_has_the_bytes_of_a_job_that_ended_there(
    context: WorkerContext, kind: str, fields: Json
) -> None:
    job = trained(context, network=NETWORKS[kind], keep_checkpoints=5, **fields)
    made = published(context, job)
    assert (made.state, made.ended_by, made.version) == (State.SUCCEEDED, "checkpoint", 2)
    without = {name: value for name, value in fields.items() if name != "early_stopping"}
    short = submitted(context, network=NETWORKS[kind], epochs=CHOSEN, model="short", **without)
    assert outcome(context, short).state is State.SUCCEEDED
    ours, theirs = (context.store.models.manifest(*which) for which in (("cats", 2), ("short", 1)))
    for name in ("digest", "unfolded_digest", "result"):
        assert ours[name] == theirs[name], name
    assert ours["spec"]["epochs"] == EPOCHS
    rows = context.store.jobs.metrics(made.id, made.attempt).rows()
    assert [row["epoch"] for row in rows] == [*range(1, CHOSEN + 1)]


def test_a_job_that_started_from_a_model_keeps_them_too(context: WorkerContext) -> None:
    trained(context, network=NETWORKS["dense"])
    warm: Json = {"start_from": {"model": "cats", "version": 1}, "freeze": 1}
    job = trained(context, network=NETWORKS["dense"], keep_checkpoints=5, **warm)
    made = published(context, job)
    assert (made.state, made.version) == (State.SUCCEEDED, 3)
    first, last = (context.store.models.unfolded("cats", version) for version in (1, 3))
    assert first["W1"].tobytes() == last["W1"].tobytes()
    parents = [context.store.models.manifest("cats", version)["parents"] for version in (2, 3)]
    assert parents[0] == parents[1] != []


def test_as_many_stay_as_were_asked_for(context: WorkerContext) -> None:
    assert kept(context, trained(context, keep_checkpoints=2)) == [6, 5]
    assert kept(context, trained(context)) == []


def test_it_can_be_published_again_when_it_has_been(context: WorkerContext) -> None:
    job = trained(context, keep_checkpoints=5)
    versions = [published(context, job).version for _ in range(2)]
    first, second = (context.store.models.manifest("cats", version or 0) for version in versions)
    assert first["digest"] == second["digest"]
    assert kept(context, job) == [6, 5, 4, 3, 2]


def test_one_that_has_changed_on_disk_fails_the_job(context: WorkerContext) -> None:
    job = trained(context, keep_checkpoints=5)
    folder = context.settings.data_dir / "jobs" / job.id / "kept"
    for path in folder.iterdir():
        path.write_bytes(path.read_bytes()[:-1] + b"x")
    made = published(context, job)
    assert (made.state, (made.problem or {})["code"]) == (State.FAILED, "checkpoint_not_found")


def test_a_cancelled_job_keeps_none(context: WorkerContext) -> None:
    job = trained(context, keep_checkpoints=5)
    drop_useless(context.store, job.id, State.CANCELLED)
    assert kept(context, job) == []


def test_where_none_can_be_kept_the_training_goes_on(
    context: WorkerContext, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object) -> None:
        raise OSError(ENOSPC, "No space left on device")

    monkeypatch.setattr("worker.store.kept_checkpoints.link", full)
    assert kept(context, trained(context, keep_checkpoints=5)) == []
