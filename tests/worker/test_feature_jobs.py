"""Jobs that train on the features of a backbone: what they tell, what they need, what stays."""

import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.testing import assert_allclose

from tests.worker.data.backbones.networks import FEATURES
from tests.worker.feature_jobs import (
    job_on,
    key_of,
    known,
    made,
    ready_backbone,
)
from tests.worker.working import at_once, outcome, submitted
from worker.data.backbones.extraction import extract
from worker.data.backbones.sizing import preprocessing
from worker.data.pictures.fingerprint import fingerprint
from worker.errors import QueueUnavailable
from worker.findings.finding import Finding
from worker.jobs.attempt import Attempt
from worker.jobs.record import Record, State, new_id
from worker.jsontypes import Json
from worker.operations.named_backbone import newest_ready
from worker.spec import JobSpec
from worker.store.features import Key
from worker.tasks import features as making
from worker.tasks.context import WorkerContext


def test_a_job_trains_on_features_and_its_model_says_of_what_they_were_made(
    context: WorkerContext, backbone: Record, photos: Record
) -> None:
    job = outcome(context, job_on(context, backbone, photos))
    assert job.state is State.SUCCEEDED
    assert job.progress is not None
    assert job.progress["phase"] == "training"
    key, manifest = key_of(backbone, photos), context.store.models.manifest("cats", 1)
    assert (manifest["backbone"], manifest["features"]) == (key.backbone, FEATURES)
    how = preprocessing(known(context, key).input)
    assert (manifest["preprocessing"], manifest["shape"]) == (how.as_dict(), [*how.shape])
    assert manifest["fingerprint"] == vars(fingerprint(how))
    assert context.store.models.tensors("cats", 1)["W1"].shape == (FEATURES, 1)
    assert context.store.model_needs.with_backbone(key.backbone) == ["cats"]


def test_features_are_made_once_for_all_jobs(
    context: WorkerContext, backbone: Record, photos: Record, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = outcome(context, job_on(context, backbone, photos))
    monkeypatch.setattr(making, "extract", lambda *how: 1 / 0)
    again = outcome(context, job_on(context, backbone, photos, model="dogs"))
    assert again.state is State.SUCCEEDED
    assert again.result == first.result


def test_two_jobs_at_once_wait_for_one_another(
    context: WorkerContext, backbone: Record, photos: Record, monkeypatch: pytest.MonkeyPatch
) -> None:
    calls: list[Json] = []
    real = extract

    def counted(*how: Any) -> None:
        calls.append({})
        real(*how)

    monkeypatch.setattr(making, "extract", counted)
    records, spec = context.records["job"], JobSpec(dataset=photos.id, backbone=backbone.id)

    def key() -> Key:
        record = records.claim(submitted(context), "w", 10)
        return making.Features.of_job(context, Attempt(records, record, 10), spec).key()

    assert at_once(key, key) == [key_of(backbone, photos)] * 2
    assert len(calls) == 1


@pytest.mark.parametrize(("wish", "state"), [("cancel", "cancelled"), ("pause", "paused")])
def test_what_is_asked_of_a_job_is_heard_while_features_are_made(
    context: WorkerContext,
    backbone: Record,
    photos: Record,
    monkeypatch: pytest.MonkeyPatch,
    wish: str,
    state: str,
) -> None:
    real, job = extract, job_on(context, backbone, photos)

    def asked(*how: Any) -> None:
        getattr(context.records["job"], wish)(job)
        while True:  # until the attempt has heard of it
            how[5]()

    monkeypatch.setattr(making, "extract", asked)
    assert outcome(context, job).state == state
    assert not [*(context.settings.data_dir / "features").glob("*/*/*")]
    monkeypatch.setattr(making, "extract", real)
    if state == "paused":
        context.records["job"].resume(job)
        assert outcome(context, job).state is State.SUCCEEDED


def test_the_record_says_how_far_the_features_are(
    context: WorkerContext, backbone: Record, photos: Record, monkeypatch: pytest.MonkeyPatch
) -> None:
    records = context.records["job"]
    record = records.claim(job_on(context, backbone, photos), "w", 10)
    attempt, spec = Attempt(records, record, 10), JobSpec.model_validate(record.body)
    told: list[Any] = []
    monkeypatch.setattr(attempt, "note", lambda progress: told.append(progress))
    making.Features.of_job(context, attempt, spec).key()
    assert {each["phase"] for each in told} == {"features"}
    assert (told[0]["percent"], told[-1]["percent"]) == (None, 100.0)
    assert told[-1]["epochs"] == spec.epochs


def test_what_is_deleted_takes_its_features_along(
    context: WorkerContext, backbone: Record, photos: Record, tmp_path: Path
) -> None:
    other = ready_backbone(context, tmp_path, layout="NHWC")
    for each in (backbone, other):
        outcome(context, job_on(context, each, photos))
    root = context.settings.data_dir / "features"
    assert len([*root.glob("*/*-plain")]) == 2
    shutil.rmtree(context.settings.data_dir / "models")
    context.store.drop(other.id)
    assert [path.name for path in root.glob("*/*-plain")] == [
        f"{key_of(backbone, photos).backbone.removeprefix('sha256:')}-plain"
    ]
    context.store.drop(photos.id)
    assert not [*root.glob("*/*-plain")]


def test_a_network_that_a_model_needs_stays_when_its_record_goes(
    context: WorkerContext, backbone: Record, photos: Record
) -> None:
    outcome(context, job_on(context, backbone, photos))
    digest = key_of(backbone, photos).backbone
    context.store.drop(backbone.id)
    context.store.drop_leftovers(0)
    assert context.store.backbones.open(digest)[0].features == FEATURES
    shutil.rmtree(context.settings.data_dir / "models" / "cats")
    context.store.drop_leftovers(0)
    assert not [*(context.settings.data_dir / "backbones").glob("[0-9a-f]*")]


def test_without_its_backbone_a_job_says_so(
    context: WorkerContext, backbone: Record, photos: Record
) -> None:
    job = job_on(context, backbone, photos)
    context.store.drop(backbone.id)
    failed = outcome(context, job)
    assert failed.problem is not None
    assert failed.problem["code"] == "backbone_not_found"


def test_answers_are_those_of_the_job(
    context: WorkerContext, backbone: Record, photos: Record
) -> None:
    job = outcome(context, job_on(context, backbone, photos, epochs=20))
    key = key_of(backbone, photos)
    tensors = context.store.models.tensors("cats", 1)
    x = made(context, key, "test").astype("float64")
    labels = context.store.datasets.open(photos.id).splits["test"].y
    logits = (x @ tensors["W1"] + tensors["b1"]).ravel()
    loss = np.mean(np.logaddexp(0, np.where(labels == 1, -logits, logits)))
    assert job.result is not None
    assert_allclose(job.result["test"]["loss"], loss, rtol=1e-9)


def test_a_job_on_pictures_hears_of_the_newest_backbone_that_is_ready(
    context: WorkerContext, photos: Record, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    heard = []

    def examined(*seen: Any) -> list[Finding]:
        heard.append(seen[-1])
        return []

    monkeypatch.setattr("worker.watch.examine", examined)
    job = {"dataset": photos.id, "network": {"hidden_units": []}}
    outcome(context, submitted(context, **job))
    assert heard[-1].backbone is None
    ready_backbone(context, tmp_path)
    context.records["bb"].create(new_id("bb"), {"name": "not imported yet"})
    outcome(context, submitted(context, **job))
    assert heard[-1].backbone == "small"


def test_where_redis_does_not_answer_no_backbone_is_known(
    context: WorkerContext, monkeypatch: pytest.MonkeyPatch
) -> None:
    def away(*page: Any) -> list[Record]:
        raise QueueUnavailable("Redis does not answer.")

    monkeypatch.setattr(context.records["bb"], "page", away)
    assert newest_ready(context.records["bb"]) is None
