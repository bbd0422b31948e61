import os
from inspect import isfunction
from pathlib import Path
from typing import get_type_hints

import pytest

from worker.store.datasets import DatasetStore
from worker.store.jobs import JobStore
from worker.store.models import ModelStore
from worker.store.record_archive import Archive
from worker.store.space import Space
from worker.store.store import Store
from worker.store.upload_writer import UploadWriter
from worker.store.uploads import UploadStore

PARTS = (DatasetStore, JobStore, ModelStore, UploadStore, UploadWriter, Archive, Space)

LEFT_HALF = (
    "datasets/.ds_1.0a.part/train_x.npy",
    "models/cats/.1.0a.part/weights.safetensors",
    "jobs/job_1/request.json.0a.part",
    "jobs/job_1/checkpoints/1.0a.part",
    "imports/.ds_1.0a.part/request.json",
    "imports/ds_1/record.json.0a.part",
)
WHOLE = (
    "datasets/ds_1/manifest.json",
    "models/cats/1/weights.safetensors",
    "jobs/job_1/request.json",
    "jobs/job_1/checkpoints/1.0a.safetensors",
    "imports/ds_1/record.json",
    "uploads/ds_1/01-a.part",
)


@pytest.fixture
def root(tmp_path: Path) -> Path:
    for name in (*LEFT_HALF, *WHOLE):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).touch()
    return tmp_path


def files(root: Path) -> set[str]:
    return {str(path.relative_to(root)) for path in root.rglob("*") if path.is_file()}


def test_what_the_dead_were_writing_is_removed_once_it_is_old(root: Path) -> None:
    Store(root).drop_leftovers(60)
    assert files(root) == {*LEFT_HALF, *WHOLE}
    for path in root.rglob("*"):
        os.utime(path, (0, 0))
    Store(root).drop_leftovers(60)
    assert files(root) == {*WHOLE}


def test_the_folders_of_this_machine_are_there_when_they_are_named(tmp_path: Path) -> None:
    found = Store(tmp_path / "data").local_folders()
    assert [path.name for path in found if path.is_dir()] == [
        "answered", "backbones", "datasets", "features", "imports", "jobs", "lineages", "models",
        "originals", "predictions", "schedules", "sweeps", "uploads",
    ]  # fmt: skip


def test_space_is_told_before_anything_was_written(tmp_path: Path) -> None:
    space = Store(tmp_path / "data", 7).space
    space.check(share=0)
    assert space.reserve_bytes == 7
    assert space.reserved_bytes(0.5) == 3
    assert space.free_bytes() > 0


@pytest.mark.parametrize("kept", [Store, *PARTS])
def test_a_path_comes_from_what_is_called_local_alone(kept: type) -> None:
    public = {n: f for n, f in vars(kept).items() if isfunction(f) and not n.startswith("_")}
    told = {n for n, f in public.items() if "Path" in str(get_type_hints(f)["return"])}
    assert told == {n for n in public if n.startswith("local_")}


def test_a_store_has_no_path_that_others_could_take(tmp_path: Path) -> None:
    store = Store(tmp_path)
    parts = (store, store.space, store.uploads, store.datasets, store.jobs, store.models)
    shown = {n: v for part in parts for n, v in vars(part).items() if not n.startswith("_")}
    assert [name for name, value in shown.items() if isinstance(value, Path)] == []
