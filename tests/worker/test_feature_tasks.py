"""The features of a dataset: of what they are made, once for all jobs, and again when lost."""

import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.testing import assert_array_equal

from tests.worker.data.making import class_folders, zipped
from tests.worker.feature_jobs import (
    expected,
    job_on,
    key_of,
    known,
    made,
    version_of,
)
from tests.worker.working import outcome
from worker.data.backbones.extraction import extract
from worker.data.backbones.sizing import preprocessing
from worker.data.pictures.pixels import decode
from worker.jobs.record import Record, State
from worker.jsontypes import Json
from worker.tasks import features as making
from worker.tasks.context import WorkerContext


def test_features_are_of_the_photos_and_not_of_what_was_made_of_them(
    context: WorkerContext, backbone: Record, photos: Record
) -> None:
    outcome(context, job_on(context, backbone, photos))
    key = key_of(backbone, photos)
    how, files = preprocessing(known(context, key).input), class_folders()
    for split in ("train", "test"):
        names = context.store.datasets.names(photos.id, split)
        assert names is not None
        pictures = [
            decode(files[name], how, max_bytes=10**6, max_pixels=10**6).pixels for name in names
        ]
        assert_array_equal(made(context, key, split), expected(context, key, np.stack(pictures)))


def test_where_no_files_were_kept_features_are_of_the_arrays(
    context: WorkerContext, backbone: Record, photos: Record
) -> None:
    shutil.rmtree(context.settings.data_dir / "datasets" / photos.id / "originals")
    assert outcome(context, job_on(context, backbone, photos)).state is State.SUCCEEDED
    key, dataset = key_of(backbone, photos), context.store.datasets.open(photos.id)
    assert_array_equal(made(context, key), expected(context, key, dataset.train.x))
    manifest = context.store.models.manifest("cats", 1)
    assert (manifest["preprocessing"], manifest["shape"]) == (dataset.preprocessing, [64, 64, 3])


@pytest.mark.parametrize("loss", ["gone", "changed"])
def test_lost_features_are_made_again(
    context: WorkerContext, backbone: Record, photos: Record, loss: str
) -> None:
    first = outcome(context, job_on(context, backbone, photos))
    key = key_of(backbone, photos)
    folder, before = context.store.features.local_arrays(key), made(context, key)
    assert folder is not None
    if loss == "gone":
        shutil.rmtree(folder.parent)
    else:
        (folder / "train_x.npy").write_bytes(b"?")
    again = outcome(context, job_on(context, backbone, photos, model="dogs"))
    assert again.result == first.result
    assert_array_equal(made(context, key), before)


def test_with_flip_features_of_mirrored_pictures_are_learned_too(
    context: WorkerContext, backbone: Record, photos: Record
) -> None:
    flipped = outcome(context, job_on(context, backbone, photos, augmentation={"flip": True}))
    assert flipped.state is State.SUCCEEDED
    plain, both = (made(context, key_of(backbone, photos, form)) for form in ("plain", "both"))
    assert_array_equal(both[: len(plain)], plain)
    assert_array_equal(both[len(plain) :], made(context, key_of(backbone, photos, "mirrored")))
    shutil.rmtree(context.settings.data_dir / "datasets" / photos.id / "originals")
    shutil.rmtree(context.settings.data_dir / "features")
    outcome(context, job_on(context, backbone, photos, augmentation={"flip": True}))
    key = key_of(backbone, photos, "mirrored")
    x = context.store.datasets.open(photos.id).train.x[:, :, ::-1]
    assert_array_equal(made(context, key), expected(context, key, x))


def test_a_version_takes_the_features_of_the_rows_that_it_kept(
    context: WorkerContext, backbone: Record, photos: Record, monkeypatch: pytest.MonkeyPatch
) -> None:
    edits: Json = {
        "drop": [{"split": "train", "row": 0}],
        "move": [{"split": "test", "row": 1, "to": "train"}],
        "image_size": 16,
    }
    outcome(context, job_on(context, backbone, photos))
    version = version_of(context, photos, edits)
    assert version.state is State.SUCCEEDED
    monkeypatch.setattr(making, "extract", lambda *how: 1 / 0)
    assert outcome(context, job_on(context, backbone, version)).state is State.SUCCEEDED
    before, test = (made(context, key_of(backbone, photos), split) for split in ("train", "test"))
    assert_array_equal(made(context, key_of(backbone, version)), [*before[1:], test[1]])


def test_a_version_of_which_the_upload_is_gone_has_features_of_its_own_arrays(
    context: WorkerContext, backbone: Record, photos: Record
) -> None:
    version = version_of(context, photos, {"drop": [{"split": "train", "row": 0}]})
    context.store.drop(photos.id)
    assert outcome(context, job_on(context, backbone, version)).state is State.SUCCEEDED
    key, dataset = key_of(backbone, version), context.store.datasets.open(version.id)
    assert_array_equal(made(context, key), expected(context, key, dataset.train.x))


def test_files_that_are_read_otherwise_than_they_were_are_not_taken(
    context: WorkerContext, backbone: Record, photos: Record, tmp_path: Path
) -> None:
    (original,) = context.store.datasets.local_originals(photos.id)
    zipped(original, class_folders(each=6))
    failed = outcome(context, job_on(context, backbone, photos))
    assert failed.problem is not None
    assert failed.problem["code"] == "corrupt_file"
    assert "read otherwise today" in failed.problem["detail"]


def test_features_that_are_removed_while_they_are_made_are_made_again(
    context: WorkerContext, backbone: Record, photos: Record, monkeypatch: pytest.MonkeyPatch
) -> None:
    calls: list[int] = []

    def removed(*how: Any) -> None:
        calls.append(1)
        extract(*how)
        if len(calls) == 1:
            shutil.rmtree(context.settings.data_dir / "features")

    monkeypatch.setattr(making, "extract", removed)
    assert outcome(context, job_on(context, backbone, photos)).state is State.SUCCEEDED
    assert len(calls) == 2
