from pathlib import Path

import pytest

from worker.errors import StoreFull
from worker.store import quota
from worker.store.quota import Quota
from worker.system.folder_size import bytes_below


class Disk:
    """Says how much is free, and how often all files were counted."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.free, self.counts = 10_000, 0

        def counted(*folders: Path) -> int:
            self.counts += 1
            return bytes_below(*folders)

        monkeypatch.setattr(quota, "bytes_below", counted)
        monkeypatch.setattr(quota, "free_bytes", lambda root: self.free)

    def write(self, path: Path, size: int) -> None:
        path.write_bytes(bytes(size))
        self.free -= size


@pytest.fixture
def disk(monkeypatch: pytest.MonkeyPatch) -> Disk:
    return Disk(monkeypatch)


@pytest.fixture
def limited(tmp_path: Path) -> Quota:
    """A hundred bytes for two folders, of which one is there."""
    (tmp_path / "datasets").mkdir()
    return Quota(tmp_path, [tmp_path / "datasets", tmp_path / "uploads"], 100)


def test_without_a_quota_nothing_is_counted(tmp_path: Path, disk: Disk) -> None:
    Quota(tmp_path, [tmp_path]).check(2**60)
    assert disk.counts == 0


def test_what_would_pass_it_is_refused_with_both_numbers(
    tmp_path: Path, limited: Quota, disk: Disk
) -> None:
    disk.write(tmp_path / "datasets" / "a", 60)
    limited.check(40)
    with pytest.raises(StoreFull, match=r"at most 100 bytes, got 101\. .*PURR_MAX_STORE_BYTES"):
        limited.check(41)


def test_many_pieces_are_written_by_one_count(tmp_path: Path, limited: Quota, disk: Disk) -> None:
    for number in range(100):
        limited.check(1)
        disk.write(tmp_path / "datasets" / str(number), 1)
    assert disk.counts == 1
    with pytest.raises(StoreFull):
        limited.check(1)


def test_what_others_write_on_the_disk_is_not_held_against_it(
    tmp_path: Path, limited: Quota, disk: Disk
) -> None:
    limited.check()
    disk.write(tmp_path / "of somebody else", 5_000)
    limited.check(100)
    assert disk.counts == 2


def test_what_is_granted_counts_though_others_free_as_much(
    tmp_path: Path, limited: Quota, disk: Disk
) -> None:
    for name in "ab":
        limited.check(50)
        disk.write(tmp_path / "datasets" / name, 50)
        disk.free += 5_000
    with pytest.raises(StoreFull, match="got 101"):
        limited.check(1)


def test_what_was_deleted_may_be_written_again(tmp_path: Path, limited: Quota, disk: Disk) -> None:
    disk.write(tmp_path / "datasets" / "a", 100)
    with pytest.raises(StoreFull):
        limited.check(1)
    (tmp_path / "datasets" / "a").unlink()
    disk.free += 100
    limited.check(100)


def test_what_others_free_hides_what_is_written_for_no_longer_than_a_count_lasts(
    tmp_path: Path, limited: Quota, disk: Disk, monkeypatch: pytest.MonkeyPatch
) -> None:
    limited.check()
    disk.free += 5_000
    disk.write(tmp_path / "datasets" / "a", 101)
    limited.check()
    monkeypatch.setattr(quota, "COUNT_S", 0.0)
    with pytest.raises(StoreFull):
        limited.check()
