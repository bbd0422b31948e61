import logging
import os
from pathlib import Path
from typing import NoReturn

import pytest

from worker.errors import Cancelled
from worker.store.datasets import DatasetStore
from worker.store.originals import FOLDER, Originals
from worker.store.space import Space


@pytest.fixture
def originals(tmp_path: Path) -> Originals:
    return Originals(tmp_path / "originals", Space(tmp_path))


def upload(folder: Path, *contents: bytes) -> list[Path]:
    folder.mkdir()
    files = [folder / f"{number:02}-a.zip" for number in range(1, len(contents) + 1)]
    for file, content in zip(files, contents, strict=True):
        file.write_bytes(content)
    return files


def nothing() -> None:
    pass


def kept(originals: Originals, tmp_path: Path, name: str, *contents: bytes) -> Path:
    """The folder of a dataset that has these files; the upload is gone."""
    files = upload(tmp_path / f"{name} upload", *contents)
    folder = tmp_path / "datasets" / name
    folder.mkdir(parents=True)
    originals.keep(files, folder, nothing)
    assert len([*(folder / FOLDER).iterdir()]) == len(files)
    for file in files:
        file.unlink()
    return folder


def test_a_dataset_has_its_files_in_their_order(originals: Originals, tmp_path: Path) -> None:
    kept(originals, tmp_path, "ds_1", b"one", b"two")
    datasets = DatasetStore(tmp_path / "datasets")
    files = datasets.local_originals("ds_1")
    assert [file.name for file in files] == ["01-a.zip", "02-a.zip"]
    assert [file.read_bytes() for file in files] == [b"one", b"two"]
    assert datasets.has_originals("ds_1")
    assert not datasets.has_originals("ds_2")


def test_a_file_is_on_disk_once_and_goes_with_the_last_dataset_that_has_it(
    originals: Originals, tmp_path: Path
) -> None:
    first = kept(originals, tmp_path, "ds_1", b"one", b"the same")
    second = kept(originals, tmp_path, "ds_2", b"the same")
    assert (first / "originals/02-a.zip").samefile(second / "originals/01-a.zip")
    for dataset, left in (("ds_1", 1), ("ds_2", 0)):
        DatasetStore(tmp_path / "datasets").drop(dataset)
        originals.drop_unused()
        assert len([*(tmp_path / "originals").iterdir()]) == left


def test_a_file_that_is_dropped_meanwhile_is_kept_all_the_same(
    originals: Originals, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    link = os.link

    def slow_link(source: Path, target: Path) -> None:
        if target.parent.name == "originals" and target.name == "01-a.zip":
            for path in (tmp_path / "originals").iterdir():
                path.unlink()
            monkeypatch.setattr(os, "link", link)
        link(source, target)

    monkeypatch.setattr(os, "link", slow_link)
    folder = kept(originals, tmp_path, "ds_1", b"one")
    assert (folder / "originals/01-a.zip").read_bytes() == b"one"


def refuse(source: Path, target: Path) -> NoReturn:
    raise PermissionError("no hard links here")


@pytest.mark.parametrize("fault", ["full", "no links"])
def test_where_there_is_no_room_or_no_link_nothing_is_kept_and_that_is_logged(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
    fault: str,
) -> None:
    reserve = 2**60 if fault == "full" else 0
    if fault == "no links":
        monkeypatch.setattr(os, "link", refuse)
    files = upload(tmp_path / "upload", b"one")
    (tmp_path / "ds_1").mkdir()
    with caplog.at_level(logging.WARNING):
        store = Originals(tmp_path / "originals", Space(tmp_path, reserve))
        store.keep(files, tmp_path / "ds_1", nothing)
    assert "not kept" in caplog.text
    assert [*(tmp_path / "ds_1").iterdir()] == []


def test_a_cancel_is_heard_while_a_file_is_read(originals: Originals, tmp_path: Path) -> None:
    def check() -> NoReturn:
        raise Cancelled("Cancelled on request.")

    (tmp_path / "ds_1").mkdir()
    with pytest.raises(Cancelled):
        originals.keep(upload(tmp_path / "upload", b"one"), tmp_path / "ds_1", check)
