import os
import random
from collections.abc import Callable
from pathlib import Path
from typing import Any

import h5py
import numpy as np
import pytest
from pydantic import SecretStr

from service.settings import ServiceSettings
from tests.worker.data.making import (
    alternating,
    class_folders,
    course_file,
    npz_file,
    pictures,
    zipped,
)
from worker.data import sandbox
from worker.data.importer import import_files, told
from worker.data.prepare import prepare
from worker.errors import CorruptFile, UnsafeFile, WorkerError
from worker.settings import Settings

FILES: dict[str, Callable[[Path], Path]] = {
    "h5": course_file,
    "npz": lambda path: npz_file(path, compressed=True, x=pictures(10) / 255, y=alternating(10)),
    "zip": lambda path: zipped(path, class_folders(each=2)),
}


@pytest.fixture
def target(tmp_path: Path) -> Path:
    (tmp_path / "target").mkdir()
    return tmp_path / "target"


def test_the_course_files_are_read(course: tuple[Path, Path], target: Path) -> None:
    prepared = import_files(course, target, Settings())
    assert prepared.classes == ["non-cat", "cat"]
    assert prepared.shape == [64, 64, 3]
    assert prepared.splits["train"] == {"rows": 209, "per_class": [137, 72]}
    assert prepared.splits["test"] == {"rows": 50, "per_class": [17, 33]}
    with h5py.File(course[0]) as file:
        found = np.load(target / "train_x.npy", mmap_mode="r", allow_pickle=False)
        assert np.array_equal(found, file["train_set_x"])


@pytest.mark.parametrize("kind", FILES)
def test_the_sealed_process_prepares_the_same(tmp_path: Path, target: Path, kind: str) -> None:
    path = tmp_path / f"a.{kind}"
    path = FILES[kind](path)
    (tmp_path / "other").mkdir()
    ours = prepare([path], tmp_path / "other", Settings())
    assert import_files([path], target, Settings()) == ours
    for file in target.iterdir():
        assert file.read_bytes() == (tmp_path / "other" / file.name).read_bytes()


def test_a_secret_beside_the_upload_is_in_no_answer(tmp_path: Path, target: Path) -> None:
    secret = tmp_path / "secret"
    secret.write_bytes(b"\x07" * 10 * 8 * 8 * 3)
    path = course_file(tmp_path / "a.h5")
    with h5py.File(path, "a") as file:
        del file["train_set_x"]
        size = secret.stat().st_size
        file.create_dataset("train_set_x", (10, 8, 8, 3), "u1", external=[(secret, 0, size)])
    with pytest.raises(UnsafeFile):
        import_files([path], target, Settings())
    assert not any(b"\x07\x07" in path.read_bytes() for path in target.iterdir())


@pytest.mark.parametrize(
    "answer", [{}, [], None, {"kind": 1}, {"kind": "images", "classes": "cat", "shape": [1]}]
)
def test_what_the_process_says_is_not_believed_unseen(
    tmp_path: Path, target: Path, monkeypatch: pytest.MonkeyPatch, answer: Any
) -> None:
    monkeypatch.setattr(sandbox, "call", lambda *_, **__: answer)
    with pytest.raises(CorruptFile, match="failed midway"):
        import_files([tmp_path / "a.h5"], target, Settings())


def test_where_redis_is_is_not_said(
    tmp_path: Path, target: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    orders: list[Any] = []

    def call(module: str, order: Any, *_: Any, **__: Any) -> Any:
        orders.append(order)
        raise CorruptFile("enough")

    monkeypatch.setattr(sandbox, "call", call)
    with pytest.raises(CorruptFile):
        import_files([tmp_path / "a"], target, Settings(redis_url="redis://:secret@host/0"))
    assert "secret" not in str(orders)
    assert Settings.model_validate(orders[0]["settings"]).redis_url is None


def damaged(whole: bytes, seed: int) -> bytes:
    """Cut short, or changed in a few places."""
    chance = random.Random(seed)
    if seed % 2:
        return whole[: chance.randrange(8, len(whole))]
    changed = bytearray(whole)
    for _ in range(chance.randrange(1, 8)):
        changed[chance.randrange(8, len(whole))] = chance.randrange(256)
    return bytes(changed)


@pytest.mark.parametrize("seed", range(6))
@pytest.mark.parametrize("kind", FILES)
def test_a_damaged_file_is_prepared_or_refused(
    tmp_path: Path, target: Path, kind: str, seed: int
) -> None:
    path = tmp_path / f"a.{kind}"
    sound = FILES[kind](path)
    path.write_bytes(damaged(sound.read_bytes(), seed))
    try:
        import_files([path], target, Settings(import_timeout_s=10))
    except WorkerError as error:
        assert str(error).startswith("Expected ")
        assert os.fspath(tmp_path) not in str(error)


def test_it_is_told_nothing_of_what_the_service_alone_has(tmp_path: Path, target: Path) -> None:
    settings = ServiceSettings(api_key=SecretStr("secret"), redis_url="redis://:secret@a")
    assert "secret" not in str(told(settings))
    # `purr worker` has the settings of the service too.
    files = [zipped(tmp_path / "pictures.zip", class_folders())]
    assert import_files(files, target, settings).classes == ["cat", "other"]
