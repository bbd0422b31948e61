"""A disk that fills up under a backup, or under what is restored: that is said, nothing is left."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.faults.runs import may_mount
from tests.siege.runs import disk
from tests.worker.store.backup.conftest import DS, content
from worker.store.backup.making import make_backup
from worker.store.backup.manifest import UnfitBackup
from worker.store.backup.restoring import restore
from worker.store.backup.snapshot import snapshot
from worker.store.backup.targets import target


@pytest.fixture
def small(tmp_path: Path) -> Iterator[Path]:
    """A disk of its own of one megabyte."""
    if not may_mount():
        pytest.skip("a small disk cannot be mounted here")
    folder = tmp_path / "small"
    folder.mkdir()
    with disk(folder, 2**20):
        yield folder


@pytest.mark.parametrize("name", ["b.tar", "b"])
def test_a_backup_that_has_no_room_is_not_begun(root: Path, small: Path, name: str) -> None:
    with pytest.raises(UnfitBackup) as refused:
        make_backup(root, small / name)
    assert re.match(r"Expected 3,000,\d+ free bytes at .*, got [\d,]+\. Make", str(refused.value))
    assert [*small.iterdir()] == []


@pytest.mark.parametrize("name", ["b.tar", "b"])
def test_a_disk_that_fills_up_meanwhile_keeps_nothing_of_it(
    root: Path, small: Path, name: str
) -> None:
    array = root / "datasets" / DS / "train_x.npy"
    with (
        pytest.raises(UnfitBackup, match=r"the disk is full\. Make room, or name another place"),
        target(small / name, 0) as taking,
        array.open("rb") as file,
    ):
        taking.add("datasets/a/b", file, 3_000_000)
    assert [*small.iterdir()] == []


@pytest.mark.parametrize("name", ["restored", "."])
def test_what_does_not_fit_is_not_restored(backup: Path, small: Path, name: str) -> None:
    with pytest.raises(UnfitBackup, match=r"the disk is full\. Make room, or name another folder"):
        restore(backup, small / name)
    assert [*small.iterdir()] == []


def test_a_store_on_a_full_disk_is_backed_up_all_the_same(small: Path, tmp_path: Path) -> None:
    """Names take no room, nor does what is kept of the backup on that disk."""
    (small / "jobs").mkdir()
    with (small / "jobs" / "full").open("wb", buffering=0) as file, pytest.raises(OSError):
        while True:
            file.write(bytes(10_000))
    with pytest.raises(OSError, match="No space left"):
        (small / "more").write_bytes(b"x" * 5_000)
    with snapshot(small) as folder:
        assert content(folder) == {}
    assert make_backup(small, tmp_path / "b.tar").files == 0
