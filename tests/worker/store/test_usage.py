"""What takes the room of a store: each file once, under its kind, and what is largest."""

import os
from pathlib import Path

import pytest

from tests.worker.store.backup.conftest import write
from worker.store.usage import LARGEST, MEANINGS, NOTHING, Kind, Thing, Usage, found, kind_of

PLACES = {
    "datasets/ds_1/train_x.npy": "datasets",
    "datasets/ds_1/originals/01-a.zip": "originals",
    "originals/abc": "originals",
    "features/ds_1/aa/train_x.npy": "features",
    "backbones/aa/network.onnx": "backbones",
    "models/cats/1/weights.safetensors": "models",
    "models/cats/aliases.json": "models",
    "models/cats/trash/1/weights.safetensors": "trash",
    "jobs/job_1/request.json": "jobs",
    "jobs/job_1/answers/a.bin": "jobs",
    "jobs/job_1/metrics.2.jsonl": "metrics",
    "jobs/job_1/checkpoints/a.safetensors": "checkpoints",
    "jobs/job_1/kept/a.safetensors": "checkpoints",
    "jobs/job_1/events.jsonl": "events",
    "imports/ds_1/events.jsonl": "events",
    "imports/ds_1/record.json": "imports",
    "predictions/pred_1/results/a.ndjson": "predictions",
    "sweeps/swp_1/book.json": "sweeps",
    "schedules/sch_1/book.json": "schedules",
    "answered/cats.1.0a.rows": "answered",
    "keys/key_1.json": "keys",
    "audit/1.jsonl": "audit",
    "lineages/ds_1/2.json": "lineages",
    "uploads/ds_2/01-a.zip": "uploads",
    "redis/appendonlydir/a": "redis",
    "logs/api.log": "logs",
    "cuda/a": "others",
    "store.json": "others",
    "jobs": "others",
}


@pytest.mark.parametrize("path", PLACES)
def test_every_file_has_a_kind(path: str) -> None:
    assert kind_of(tuple(path.split("/"))) == PLACES[path]


def test_all_kinds_are_met() -> None:
    assert {*PLACES.values()} == MEANINGS.keys()


def test_bytes_files_and_things_are_counted(tmp_path: Path) -> None:
    write(tmp_path, "datasets/ds_1/a", "1234567")
    write(tmp_path, "datasets/ds_2/a", "12")
    write(tmp_path, "datasets/ds_2/b", "12")
    write(tmp_path, "models/cats/1/a", "123")
    seen = found(tmp_path)
    by_kind = {kind.kind: kind for kind in seen.kinds}
    assert by_kind["datasets"] == Kind("datasets", 11, 3, 2)
    assert by_kind["models"] == Kind("models", 3, 1, 1)
    assert by_kind["jobs"] == Kind("jobs", 0, 0, 0)
    assert seen.bytes == 14
    assert seen.largest == (
        Thing(7, "datasets", "ds_1"),
        Thing(4, "datasets", "ds_2"),
        Thing(3, "models", "cats"),
    )


def test_a_file_of_two_names_counts_once(tmp_path: Path) -> None:
    picture = write(tmp_path, "datasets/ds_1/originals/01-a.zip", "12345")
    write(tmp_path, "originals/none")
    os.link(picture, tmp_path / "originals" / "abc")
    checkpoint = write(tmp_path, "jobs/job_1/checkpoints/1", "123")
    write(tmp_path, "jobs/job_1/kept/0")
    os.link(checkpoint, tmp_path / "jobs" / "job_1" / "kept" / "1")
    sizes = {kind.kind: (kind.bytes, kind.files) for kind in found(tmp_path).kinds if kind.files}
    assert sizes == {"originals": (5, 2), "checkpoints": (3, 2)}


def test_a_link_that_leads_away_is_not_followed(tmp_path: Path) -> None:
    (tmp_path / "datasets").mkdir()
    (tmp_path / "datasets" / "away").symlink_to("/usr")
    assert found(tmp_path).bytes == 0


def test_no_more_are_named_than_may_be(tmp_path: Path) -> None:
    for number in range(LARGEST + 5):
        write(tmp_path, f"models/m{number:02}/1/a", "x" * number)
    largest = found(tmp_path).largest
    assert [thing.id for thing in largest] == [f"m{n:02}" for n in range(LARGEST + 4, 4, -1)]


def test_it_is_counted_again_when_it_is_too_old(tmp_path: Path) -> None:
    usage = Usage(tmp_path)
    assert usage.last is NOTHING
    assert usage.at_most(60).bytes == 0
    write(tmp_path, "datasets/ds_1/a", "123")
    assert (usage.at_most(60).bytes, usage.last.bytes) == (0, 0)
    assert (usage.at_most(0).bytes, usage.last.bytes) == (3, 3)


def test_a_folder_that_is_not_there_takes_nothing(tmp_path: Path) -> None:
    assert found(tmp_path / "none").bytes == 0
