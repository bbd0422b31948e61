"""Backups that were cut short or changed: nothing of them is restored, and it is said why."""

import io
import json
import shutil
import tarfile
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.worker.store.backup.conftest import DS, JOB, write
from worker.store.backup.making import make_backup
from worker.store.backup.manifest import MANIFEST, UnfitBackup
from worker.store.backup.restoring import check_backup, restore
from worker.store.version import UnfitStore

ARRAY = f"datasets/{DS}/train_x.npy"
Change = Callable[[Path], object]


def refused(backup: Path, tmp_path: Path, why: str, digest: str = "") -> None:
    """Nothing is restored of this backup, for this reason, and nothing is left."""
    restored = tmp_path / "restored"
    with pytest.raises(UnfitBackup, match=why):
        restore(backup, restored, digest)
    assert not restored.exists()
    assert [*tmp_path.glob(".restore*")] == []
    with pytest.raises(UnfitBackup, match=why):
        check_backup(backup, digest)


@pytest.fixture
def tar(root: Path, tmp_path: Path) -> Path:
    make_backup(root, tmp_path / "backup.tar")
    return tmp_path / "backup.tar"


@pytest.fixture
def opened(root: Path, tmp_path: Path) -> Path:
    """A backup that is a folder."""
    make_backup(root, tmp_path / "backup")
    return tmp_path / "backup"


@pytest.mark.parametrize("share", [0.0, 0.3, 0.9, 0.99])
def test_a_file_that_ends_too_early(tar: Path, tmp_path: Path, share: float) -> None:
    whole = tar.read_bytes()
    tar.write_bytes(whole[: int(share * len(whole))])
    refused(tar, tmp_path, "cut short or changed; nothing was restored")


def test_a_file_that_ends_between_two_members(tar: Path, tmp_path: Path) -> None:
    with tarfile.open(tar) as archive:
        last = archive.getmembers()[-1]
    assert last.name == MANIFEST
    tar.write_bytes(tar.read_bytes()[: last.offset])
    refused(tar, tmp_path, f"it has no {MANIFEST}, which is written last")


@pytest.mark.parametrize("at", [200_000, 2_000_000])
def test_a_byte_that_is_another_one(tar: Path, tmp_path: Path, at: int) -> None:
    content = bytearray(tar.read_bytes())
    content[at] ^= 1
    tar.write_bytes(content)
    refused(tar, tmp_path, f"{ARRAY} is not: its bytes are not those that were written")


CHANGES: dict[str, tuple[Change, str]] = {
    "changed": (lambda b: write(b, ARRAY, "y"), "its bytes are not those"),
    "missing": (lambda b: (b / ARRAY).unlink(), "it is missing"),
    "more": (lambda b: write(b, f"jobs/{JOB}/more.json"), "does not name it"),
    "elsewhere": (lambda b: write(b, "redis/dump.rdb"), "no backup has a file of this name"),
    "hidden": (lambda b: write(b, f"jobs/{JOB}/.x"), "no backup has a file of this name"),
    "link": (lambda b: (b / "jobs" / "x").symlink_to("/etc/passwd"), "it is no file"),
    "no manifest": (lambda b: (b / MANIFEST).unlink(), "which is written last"),
    "no JSON": (lambda b: write(b, MANIFEST, "{"), "it cannot be read"),
    "a list": (lambda b: write(b, MANIFEST, "[]"), "it cannot be read"),
    "nothing in it": (lambda b: write(b, MANIFEST, "{}"), "it cannot be read"),
}


@pytest.mark.parametrize("change", CHANGES)
def test_a_folder_that_was_changed(opened: Path, tmp_path: Path, change: str) -> None:
    do, why = CHANGES[change]
    do(opened)
    refused(opened, tmp_path, why)


def with_manifest(backup: Path, change: Callable[[dict[str, object]], object]) -> None:
    said = json.loads((backup / MANIFEST).read_text())
    change(said)
    write(backup, MANIFEST, json.dumps(said))


LIES: dict[str, tuple[dict[str, object], str]] = {
    "away": ({"path": "../../outside", "bytes": 1, "sha256": "0" * 64}, "names what no backup"),
    "root": ({"path": "/etc/cron.d/x", "bytes": 1, "sha256": "0" * 64}, "names what no backup"),
    "up": ({"path": "jobs/../../x", "bytes": 1, "sha256": "0" * 64}, "names what no backup"),
    "digest": ({"path": "jobs/a/b", "bytes": 1, "sha256": "0"}, "names what no backup"),
    "less than nothing": ({"path": "jobs/a/b", "bytes": -1, "sha256": "0" * 64}, "no backup"),
    "number": ({"path": 7, "bytes": 1, "sha256": "0" * 64}, "names what no backup"),
    "field": ({"path": "jobs/a/b", "bytes": 1, "sha256": "0" * 64, "mode": 1}, "cannot be read"),
    "not there": ({"path": "jobs/a/b", "bytes": 1, "sha256": "0" * 64}, "it is missing"),
    "other name of nothing": (
        {"path": "jobs/a/b", "bytes": 1, "sha256": "0" * 64, "same_as": "jobs/c/d"},
        "another name of nothing",
    ),
}


@pytest.mark.parametrize("lie", LIES)
def test_a_manifest_that_lies(opened: Path, tmp_path: Path, lie: str) -> None:
    entry, why = LIES[lie]
    with_manifest(opened, lambda said: said["files"].append(entry))  # type: ignore[attr-defined]
    refused(opened, tmp_path, why)


@pytest.mark.parametrize("name", ["../outside", "/outside", "jobs/../../outside", "jobs/.hid/x"])
def test_a_member_whose_path_leads_elsewhere(tar: Path, tmp_path: Path, name: str) -> None:
    with tarfile.open(tar, "a") as archive:
        entry = tarfile.TarInfo(name)
        archive.addfile(entry, io.BytesIO())
    refused(tar, tmp_path, "no backup has a file of this name")
    assert not (tmp_path / "outside").exists()


@pytest.mark.parametrize("kind", [tarfile.SYMTYPE, tarfile.LNKTYPE, tarfile.FIFOTYPE])
def test_a_member_that_is_no_file(tar: Path, tmp_path: Path, kind: bytes) -> None:
    with tarfile.open(tar, "a") as archive:
        entry = tarfile.TarInfo("jobs/a/link")
        entry.type, entry.linkname = kind, "/etc/passwd"
        archive.addfile(entry)
    refused(tar, tmp_path, "it is no file")


def test_a_member_that_comes_twice(tar: Path, tmp_path: Path) -> None:
    with tarfile.open(tar, "a") as archive:
        archive.addfile(tarfile.TarInfo(ARRAY), io.BytesIO())
    refused(tar, tmp_path, "it comes twice")


def test_a_backup_that_was_not_meant(backup: Path, tmp_path: Path) -> None:
    refused(backup, tmp_path, "Expected the backup of digest sha256:00", digest="sha256:00")


def test_what_a_newer_release_has_written(opened: Path, tmp_path: Path) -> None:
    with_manifest(opened, lambda said: said.update(format=2))
    refused(opened, tmp_path, "Restore it by that release")
    with_manifest(opened, lambda said: said.update(format=1, store=99))
    with pytest.raises(UnfitStore, match="got version 99"):
        restore(opened, tmp_path / "restored")
    assert not (tmp_path / "restored").exists()


def test_what_is_no_backup_at_all(tmp_path: Path, drawings: list[Path]) -> None:
    refused(tmp_path / "nothing", tmp_path, "Expected a backup at .*, got nothing")
    refused(drawings[0], tmp_path, "nothing was restored")
    empty = tmp_path / "empty"
    empty.mkdir()
    refused(empty, tmp_path, "which is written last")
    shutil.rmtree(empty)
