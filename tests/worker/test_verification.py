"""A version is trained again, and it is told whether it came to the same weights: in this process,
with a real Redis and store."""

import json
from pathlib import Path

import pytest

from tests.worker.feature_jobs import job_on, ready_backbone, ready_photos
from tests.worker.training.starting import NETWORKS
from tests.worker.verifying import (
    SMALL,
    again,
    folder,
    published,
    relinked,
    rewritten,
    verified,
)
from tests.worker.working import gets_on, meanwhile, outcome, publish_dataset, submitted
from worker.errors import Preempted
from worker.jobs.record import State
from worker.jsontypes import Json
from worker.tasks.context import WorkerContext
from worker.tasks.verification import Retracer
from worker.training.chain import MOST_LINKS
from worker.training.loop import Run


@pytest.fixture(autouse=True)
def _dataset(context: WorkerContext, monkeypatch: pytest.MonkeyPatch) -> None:
    publish_dataset(context.store)
    # Epochs of so few rows would have a digest now and then alone.
    monkeypatch.setattr("worker.training.chain.PER_WEIGHT", 1)


WATCHED = {"validation_fraction": 0.2, "early_stopping": {"patience": 2, "min_delta": 0.3}}


@pytest.mark.parametrize(
    "fields",
    [*({"network": network} for network in NETWORKS.values()), WATCHED, {"average_weights": 0.9}],
)
def test_what_nothing_has_changed_comes_to_the_same_weights(
    context: WorkerContext, fields: Json
) -> None:
    first = published(context, **fields)
    found = verified(context)
    assert found["outcome"] == "identical", found
    assert found["of"] == {"model": "cats", "version": 1}
    assert (found["first_difference"], found["environment"]) == (None, [])
    assert found["epochs"] == found["digests"] == (first.progress or {})["epoch"]
    assert found["weights"]["now"] == found["weights"]["then"]
    assert found["message"].startswith("Trained again, version 1 of cats comes to the same weights")


def test_nothing_is_published_or_promoted(context: WorkerContext) -> None:
    published(context)
    before = context.store.aliases.of("cats")
    job = outcome(context, again(context))
    assert (job.version, job.promotion) == (None, None)
    assert context.store.models.versions("cats") == [1]
    assert context.store.aliases.of("cats") == before
    assert not [*(context.settings.data_dir / "jobs" / job.id / "checkpoints").glob("*")]
    assert len(context.store.jobs.metrics(job.id, 1).rows()) == SMALL["epochs"]


def test_a_manifest_has_the_last_link_alone_and_a_file_has_all(context: WorkerContext) -> None:
    published(context)
    manifest = context.store.models.manifest("cats", 1)
    chain = json.loads((folder(context) / "chain.json").read_text())
    assert [link[:2] for link in chain["links"]] == [[epoch, 0] for epoch in range(1, 7)]
    last = {"stride": 1, "epoch": 6, "step": 0, "digest": chain["links"][-1][2]}
    assert manifest["chain"] == last
    assert {"numpy", "numba", "llvmlite", "processor", "kernels"} < manifest["environment"].keys()
    longest = {"stride": 1, "links": [[10**6, 9999, "f" * 16]] * MOST_LINKS}
    assert len(json.dumps(longest)) < 500_000


# What differs


@pytest.mark.parametrize(
    ("changed", "epoch"),
    [
        ({"seed": 2}, 1),
        ({"schedule": {"kind": "step", "every": 3, "gamma": 0.5}}, 4),
        ({"normalization": "center"}, 1),
    ],
)
def test_another_training_is_told_by_the_first_epoch_that_differs(
    context: WorkerContext, changed: Json, epoch: int
) -> None:
    published(context)
    spec = context.store.models.manifest("cats", 1)["spec"]
    rewritten(context, spec={**spec, **changed})
    found = verified(context)
    assert found["outcome"] == "different"
    assert found["first_difference"] == {"epoch": epoch, "last_same": epoch - 1}
    assert (found["epochs"], found["weights"]["now"]) == (epoch, None)  # there it has ended
    assert f"other weights in epoch {epoch}. Nothing that is known" in found["message"]


def test_other_kernels_are_told_by_their_first_epoch_and_named(
    context: WorkerContext, monkeypatch: pytest.MonkeyPatch
) -> None:
    published(context)
    known = context.store.models.manifest("cats", 1)["environment"]
    then = {**known, "kernels": "0" * 12, "instructions": known["instructions"] + " meow"}
    rewritten(context, environment={**then, "numpy": "1.0"})
    real = "worker.nn.optimizers.Adam.numbers"
    monkeypatch.setattr(real, lambda self, a, t: (a * 0.99, 0.1, 0.001, 1.0 + 0 * t, self.eps))
    found = verified(context)
    assert found["first_difference"] == {"epoch": 1, "last_same": 0}
    assert found["environment"] == [
        {"what": "numpy", "then": "1.0", "now": known["numpy"]},
        {"what": "instructions", "then": "meow", "now": ""},
        {"what": "kernels", "then": "0" * 12, "now": known["kernels"]},
    ]
    assert f"numpy (1.0, now {known['numpy']})" in found["message"]


@pytest.mark.parametrize("place", [0, 3, 5])
def test_another_digest_is_told_by_its_epoch(context: WorkerContext, place: int) -> None:
    published(context)
    relinked(context, place)
    assert verified(context)["first_difference"] == {"epoch": place + 1, "last_same": place}


def test_between_digests_the_epochs_are_told_among_which_it_is(
    context: WorkerContext, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("worker.training.chain.MOST_LINKS", 2)
    published(context)
    relinked(context, -1)
    found = verified(context)
    assert found["first_difference"] == {"epoch": 6, "last_same": 3}
    assert "after epoch 6, and the same after epoch 3" in found["message"]


def test_a_chain_that_has_changed_on_disk_is_not_believed(context: WorkerContext) -> None:
    published(context)
    relinked(context, 3, known=False)
    job = outcome(context, again(context))
    assert (job.state, (job.problem or {})["code"]) == (State.FAILED, "damaged_model")


def test_other_weights_after_the_same_training_are_told_too(context: WorkerContext) -> None:
    published(context)
    rewritten(context, digest="sha256:0", attempt=2)
    found = verified(context)
    assert (found["outcome"], found["first_difference"]["epoch"]) == ("different", None)
    assert found["first_difference"]["last_same"] == SMALL["epochs"]
    assert "what is made of the weights afterwards" in found["message"]
    assert "the last of the 2 attempts" in found["message"]


# Wherever it ended


def test_one_that_was_stopped_is_trained_to_the_same_step(context: WorkerContext) -> None:
    records = context.records["job"]
    job = submitted(context, **{**SMALL, "epochs": 1_000_000})
    other = meanwhile(gets_on(records, job), lambda: records.stop(job))
    first = outcome(context, job)
    other.join()
    assert (first.state, first.ended_by) == (State.SUCCEEDED, "stop")
    found = verified(context)
    chain = context.store.models.manifest("cats", 1)["chain"]
    assert (found["outcome"], found["epochs"]) == ("identical", chain["epoch"])


def test_a_published_checkpoint_is_trained_to_its_epoch(
    context: WorkerContext, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("worker.watch.FIRST_CHECKPOINT_S", 0.0)
    monkeypatch.setattr("worker.watch.COST", float("inf"))
    schedule = {"kind": "cosine", "warmup_epochs": 1}
    watched = WATCHED | {"early_stopping": {"patience": 99}}
    job = published(context, schedule=schedule, keep_checkpoints=5, **watched)
    made = submitted(context, **{**job.body, "checkpoint": {"job": job.id, "epoch": 4}})
    context.store.kept_checkpoints.lend(job.id, 4, made)
    assert outcome(context, made).version == 2
    found = verified(context, 2)
    assert (found["outcome"], found["epochs"], found["digests"]) == ("identical", 4, 4)
    rewritten(context, 2, chain=None, files=None)
    assert verified(context, 2)["outcome"] == "identical"


def test_one_that_started_from_a_model_starts_there_again(context: WorkerContext) -> None:
    published(context)
    published(context, start_from={"model": "cats", "version": 1}, freeze=1, seed=3)
    assert verified(context, 2)["outcome"] == "identical"


def test_one_on_features_makes_them_anew(context: WorkerContext, tmp_path: Path) -> None:
    backbone, photos = ready_backbone(context, tmp_path), ready_photos(context, tmp_path)
    job = outcome(context, job_on(context, backbone, photos, epochs=3))
    assert job.state is State.SUCCEEDED, job.problem
    context.store.features.drop(photos.id)
    assert verified(context)["outcome"] == "identical"
    known = context.store.models.manifest("cats", 1)["environment"]
    assert known["features"].startswith("sha256:")


@pytest.mark.usefixtures("one_by_one")
def test_one_that_was_interrupted_goes_on_and_ends_in_the_same(
    context: WorkerContext, monkeypatch: pytest.MonkeyPatch
) -> None:
    published(context)
    real, told = Retracer.after_step, [Preempted("The worker was told to stop.")]

    def after_step(self: Retracer, run: Run) -> None:
        real(self, run)
        if (run.at.epoch, run.at.step) == (3, 2) and told:
            self.keep(run)
            raise told.pop()

    monkeypatch.setattr(Retracer, "after_step", after_step)
    job = again(context)
    assert outcome(context, job).state is State.QUEUED
    ended = outcome(context, job)
    assert (ended.state, ended.attempt) == (State.SUCCEEDED, 2)
    assert (ended.result or {})["verification"]["outcome"] == "identical"


def test_one_that_is_stopped_says_that_it_has_compared_nothing(context: WorkerContext) -> None:
    published(context)
    spec = context.store.models.manifest("cats", 1)["spec"]
    rewritten(context, chain=None, files=None, spec={**spec, "epochs": 1_000_000})
    records, job = context.records["job"], again(context)
    other = meanwhile(gets_on(records, job), lambda: records.stop(job))
    ended = outcome(context, job)
    other.join()
    assert (ended.state, (ended.problem or {})["code"]) == (State.FAILED, "conflict")


# Of older releases


def test_of_one_without_a_chain_the_weights_alone_are_compared(context: WorkerContext) -> None:
    published(context)
    rewritten(context, chain=None, files=None, environment=None)
    found = verified(context)
    assert (found["outcome"], found["digests"]) == ("identical", 0)
    assert "before digests were kept" in found["message"]
    rewritten(context, digest="sha256:0")
    found = verified(context)
    assert found["first_difference"] == {"epoch": None, "last_same": None}
    assert found["message"].endswith("It is not known where it was trained then.")
