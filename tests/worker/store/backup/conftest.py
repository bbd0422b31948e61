"""A store with something of each kind, and backups of it."""

import json
import os
from pathlib import Path

import pytest

from worker.store.backup.making import make_backup
from worker.store.version import FILE as VERSION

DS, GONE, JOB = f"ds_{1:032x}", f"ds_{2:032x}", f"job_{1:032x}"
BB, PRED, LATE = f"bb_{1:032x}", f"pred_{1:032x}", f"ds_{3:032x}"
SUCCEEDED = json.dumps({"state": "succeeded"})
FILES = {
    f"imports/{DS}/request.json": '{"body": {}}',
    f"imports/{DS}/record.json": SUCCEEDED,
    f"imports/{BB}/request.json": '{"body": {}}',
    f"imports/{BB}/record.json": SUCCEEDED,
    f"imports/{LATE}/request.json": '{"body": {}}',
    f"uploads/{LATE}/01-x.npy": "not imported yet",
    f"datasets/{DS}/manifest.json": "{}",
    f"datasets/{DS}/train_x.npy": "x" * 3_000_000,
    f"features/{DS}/aa-16/manifest.json": "{}",
    "backbones/aa/network.onnx": "network",
    f"backbones/aa/users/{BB}": "",
    f"jobs/{JOB}/request.json": '{"body": {}}',
    f"jobs/{JOB}/metrics.1.jsonl": '{"epoch": 1}\n',
    f"jobs/{JOB}/checkpoints/000001-0.ab.safetensors": "checkpoint",
    "models/cats/aliases.json": "{}",
    "models/cats/1/manifest.json": "{}",
    "models/cats/1/weights.safetensors": "weights",
    "models/cats/trash/2/manifest.json": "{}",
    "models/cats/trash/2.json": "{}",
    f"predictions/{PRED}/request.json": '{"body": {}}',
    f"predictions/{PRED}/record.json": SUCCEEDED,
    f"predictions/{PRED}/results/manifest.json": "{}",
    f"sweeps/swp_{1:032x}/request.json": "{}",
    "answered/cats.1.0a.rows": "rows",
    f"keys/key_{1:032x}.json": "{}",
    f"schedules/sch_{1:032x}/request.json": "{}",
    f"lineages/{DS}/2.json": "{}",
    VERSION: '{"version": 1, "release": "0.1.0"}',
}
# What is none of the store's, half-made, or a lock.
OTHERS = (
    "redis/appendonlydir/a", "logs/api.log", "lock", "store.lock", "models/cats/.aliases.lock",
    f"datasets/.{GONE}.0123.part/train_x.npy", f"jobs/{JOB}/record.json.0123.part",
    f"uploads/{GONE}/01-never-accepted.npy", f"sweeps/swp_{1:032x}/.lock",
)  # fmt: skip


def write(root: Path, path: str, text: str = "") -> Path:
    final = root / path
    final.parent.mkdir(parents=True, exist_ok=True)
    final.write_text(text)
    return final


def content(root: Path) -> dict[str, str]:
    """What the files below a folder hold, by their paths."""
    files = (path for path in root.rglob("*") if path.is_file())
    return {path.relative_to(root).as_posix(): path.read_text() for path in files}


@pytest.fixture
def root(tmp_path: Path) -> Path:
    root = tmp_path / "data"
    for path, text in FILES.items():
        write(root, path, text)
    for path in OTHERS:
        write(root, path)
    picture = write(root, f"datasets/{DS}/originals/01-cats.zip", "pictures")
    (root / "originals").mkdir()
    os.link(picture, root / "originals" / "ff")
    return root


@pytest.fixture
def kept() -> dict[str, str]:
    """What a backup of it is to hold."""
    originals = {f"datasets/{DS}/originals/01-cats.zip": "pictures", "originals/ff": "pictures"}
    return {**FILES, **originals}


@pytest.fixture(params=["backup.tar", "backup"])
def backup(request: pytest.FixtureRequest, root: Path, tmp_path: Path) -> Path:
    """A backup of it, as a file and as a folder."""
    final = tmp_path / str(request.param)
    make_backup(root, final)
    return final
