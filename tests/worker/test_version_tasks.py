"""Versions as an import worker makes them: what they need, and what becomes of them without it."""

from pathlib import Path

import numpy as np
import pytest

from tests.worker.data.making import class_folders, zipped
from tests.worker.test_tasks import uploaded
from tests.worker.working import outcome
from worker.jobs.attempt import Attempt
from worker.jobs.record import Record, State, new_id
from worker.jsontypes import Json
from worker.settings import Settings
from worker.store.store import Store
from worker.tasks.context import WorkerContext
from worker.tasks.dataset import import_dataset

DROP: Json = {"drop": [{"split": "train", "row": 0}]}


@pytest.fixture
def upload(context: WorkerContext, tmp_path: Path) -> Record:
    """A dataset of files of pictures."""
    return outcome(context, uploaded(context, [zipped(tmp_path / "a.zip", class_folders())]))


def asked(context: WorkerContext, parent: str, edits: Json) -> str:
    version = new_id("ds")
    body = {"name": "a", "parent": parent, "root": parent, "version": 2, "edits": edits}
    context.records["ds"].create(version, body)
    return version


def test_a_version_is_made_and_knows_what_it_was_made_of(
    context: WorkerContext, upload: Record
) -> None:
    made = outcome(context, asked(context, upload.id, DROP))
    assert made.state is State.SUCCEEDED
    manifest = context.store.datasets.manifest(made.id)
    assert made.result == manifest
    assert (manifest["parent"], manifest["version"], manifest["edits"]) == (upload.id, 2, DROP)
    rows = context.store.datasets.open(upload.id).splits["train"].x[1:]
    assert np.array_equal(context.store.datasets.open(made.id).splits["train"].x, rows)


def test_what_was_made_but_not_said_is_said_by_the_next_attempt(
    context: WorkerContext, upload: Record
) -> None:
    version, records = asked(context, upload.id, DROP), context.records["ds"]
    first = records.claim(version, "w", 10)
    manifest = import_dataset(context, Attempt(records, first, 10))
    records.record_loss(first, 3, "signal 9")
    again = outcome(context, version)
    assert (again.state, again.result) == (State.SUCCEEDED, manifest)


def test_without_the_dataset_that_is_edited_there_is_no_version(
    context: WorkerContext, upload: Record
) -> None:
    version = asked(context, upload.id, DROP)
    context.store.datasets.drop(upload.id)
    failed = outcome(context, version)
    assert failed.state is State.FAILED
    assert failed.problem is not None
    assert failed.problem["code"] == "dataset_not_found"


def test_damaged_arrays_are_not_edited(context: WorkerContext, upload: Record) -> None:
    file = context.settings.data_dir / "datasets" / upload.id / "train_x.npy"
    file.write_bytes(file.read_bytes()[:-1] + b"!")
    failed = outcome(context, asked(context, upload.id, DROP))
    assert failed.problem is not None
    assert failed.problem["code"] == "damaged_dataset"


def test_files_of_pictures_are_kept_and_those_of_arrays_are_not(
    context: WorkerContext, upload: Record, tmp_path: Path, drawings: list[Path]
) -> None:
    (kept,) = context.store.datasets.local_originals(upload.id)
    assert kept.read_bytes() == (tmp_path / "a.zip").read_bytes()
    arrays = outcome(context, uploaded(context, drawings))
    assert not context.store.datasets.has_originals(arrays.id)


def test_where_they_are_not_wanted_no_files_are_kept(
    context: WorkerContext, tmp_path: Path
) -> None:
    context.settings = Settings(data_dir=context.settings.data_dir, keep_originals=False)
    dataset = uploaded(context, [zipped(tmp_path / "a.zip", class_folders())])
    records = context.records["ds"]
    import_dataset(context, Attempt(records, records.claim(dataset, "w", 10), 10))
    assert not context.store.datasets.has_originals(dataset)


def test_another_size_is_read_from_the_files(context: WorkerContext, upload: Record) -> None:
    made = outcome(context, asked(context, upload.id, {**DROP, "image_size": 16}))
    assert made.result is not None
    assert made.result["shape"] == [16, 16, 3]
    labels = context.store.datasets.open(upload.id).splits["train"].y[1:]
    assert np.array_equal(context.store.datasets.open(made.id).splits["train"].y, labels)
    assert [*(context.settings.data_dir / "datasets").glob(".*")] == []


def test_files_that_are_read_otherwise_today_are_no_source(
    context: WorkerContext, upload: Record
) -> None:
    (kept,) = context.store.datasets.local_originals(upload.id)
    kept.unlink()
    zipped(kept, class_folders(each=6))
    failed = outcome(context, asked(context, upload.id, {"image_size": 16}))
    assert failed.problem is not None
    assert failed.problem["code"] == "invalid_parameter"
    assert "read otherwise today" in failed.problem["detail"]


def test_what_is_deleted_takes_its_files_along(upload: Record, context: WorkerContext) -> None:
    store = Store(context.settings.data_dir)
    store.datasets.drop(upload.id)
    store.drop_leftovers(60)
    assert [*(context.settings.data_dir / "originals").iterdir()] == []
