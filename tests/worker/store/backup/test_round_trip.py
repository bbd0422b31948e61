"""What is backed up comes back as it was, and a backup disturbs nobody."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.worker.store.backup.conftest import DS, GONE, JOB, content, write
from worker.errors import IllegalMove
from worker.store.backup.making import make_backup
from worker.store.backup.manifest import KINDS, UnfitBackup
from worker.store.backup.restoring import check_backup, restore
from worker.store.backup.snapshot import LOCK, PREFIX, snapshot
from worker.store.store import FOLDERS
from worker.store.version import FILE as VERSION
from worker.store.version import UnfitStore
from worker.system.locks import locked_if_free


def test_no_folder_of_the_store_is_forgotten() -> None:
    assert {*KINDS} == {*FOLDERS, "keys"}


def test_all_that_is_the_stores_comes_back_and_nothing_else(
    backup: Path, root: Path, tmp_path: Path, kept: dict[str, str]
) -> None:
    before = content(root)
    restored = tmp_path / "restored"
    restore(backup, restored)
    assert content(restored) == kept
    assert content(root) | {LOCK: ""} == before | {LOCK: ""}


def test_a_file_of_two_names_is_kept_once_and_has_both_again(backup: Path, tmp_path: Path) -> None:
    restore(backup, tmp_path / "restored")
    one, other = f"datasets/{DS}/originals/01-cats.zip", "originals/ff"
    assert (tmp_path / "restored" / one).samefile(tmp_path / "restored" / other)
    if backup.is_dir():
        assert not (backup / other).exists()


def test_a_folder_that_is_there_and_empty_is_filled(
    backup: Path, tmp_path: Path, kept: dict[str, str]
) -> None:
    there = tmp_path / "mounted"
    there.mkdir()
    number = there.stat().st_ino
    restore(backup, there)
    assert (content(there), there.stat().st_ino) == (kept, number)


def test_a_check_compares_all_and_writes_nothing(backup: Path, tmp_path: Path) -> None:
    before = sorted(tmp_path.rglob("*"))
    found = check_backup(backup)
    assert (found.files, found.about["store"], found.about["release"]) == (30, 1, "0.1.0")
    assert check_backup(backup, f"sha256:{found.digest}") == found
    assert sorted(tmp_path.rglob("*")) == before


def test_it_is_told_how_far_it_is(root: Path, tmp_path: Path) -> None:
    told: list[tuple[int, int]] = []
    made = make_backup(root, tmp_path / "b.tar", lambda done, of: told.append((done, of)))
    assert [done for done, _ in told] == sorted(done for done, _ in told)
    assert told[-1] == (made.bytes, made.bytes)


@pytest.mark.parametrize("name", ["there.tar", "there"])
def test_what_is_there_already_stays(root: Path, tmp_path: Path, name: str) -> None:
    write(tmp_path, name, "precious")
    with pytest.raises(UnfitBackup, match="Expected nothing at"):
        make_backup(root, tmp_path / name)
    assert (tmp_path / name).read_text() == "precious"


def test_a_folder_that_holds_something_is_not_restored_into(backup: Path, root: Path) -> None:
    before = content(root)
    with pytest.raises(UnfitBackup, match="Expected an empty folder or nothing"):
        restore(backup, root)
    assert content(root) == before


def test_a_place_in_the_store_itself_is_refused(root: Path) -> None:
    with pytest.raises(UnfitBackup, match="outside of"):
        make_backup(root, root / "jobs" / "backup.tar")


@pytest.mark.parametrize(("at", "said"), [("none", "a data folder"), ("none/b", "a data folder")])
def test_without_a_data_folder_there_is_none(tmp_path: Path, at: str, said: str) -> None:
    with pytest.raises(UnfitBackup, match=said):
        make_backup(tmp_path / at, tmp_path / "b.tar")


def test_a_folder_that_is_not_there_is_named(root: Path, tmp_path: Path) -> None:
    with pytest.raises(UnfitBackup, match="Make it first"):
        make_backup(root, tmp_path / "nowhere" / "b.tar")


def test_a_store_of_a_newer_release_is_not_backed_up(root: Path, tmp_path: Path) -> None:
    write(root, VERSION, '{"version": 99, "release": "9.1"}')
    with pytest.raises(UnfitStore, match="got version 99"):
        make_backup(root, tmp_path / "b.tar")


def test_one_at_a_time(root: Path, tmp_path: Path) -> None:
    with locked_if_free(root / LOCK), pytest.raises(IllegalMove, match="one backup of"):
        make_backup(root, tmp_path / "b.tar")


def test_epochs_that_are_written_meanwhile_do_no_harm(root: Path) -> None:
    with snapshot(root) as folder:
        with (root / "jobs" / JOB / "metrics.1.jsonl").open("a") as file:
            file.write('{"epoch": 2}\n')
        found = (folder / "jobs" / JOB / "metrics.1.jsonl").read_text()
        assert found.splitlines()[0] == '{"epoch": 1}'


def test_what_is_deleted_or_replaced_meanwhile_is_in_the_backup_as_it_was(root: Path) -> None:
    with snapshot(root) as folder:
        (root / "datasets" / DS / "train_x.npy").unlink()
        write(root, "aside", '{"moved": 1}').replace(root / "models" / "cats" / "aliases.json")
        assert (folder / "datasets" / DS / "train_x.npy").stat().st_size == 3_000_000
        assert (folder / "models" / "cats" / "aliases.json").read_text() == "{}"


@pytest.mark.parametrize("gone", ["record", "marked", "published"])
def test_what_was_just_being_deleted_is_not_in_the_backup(root: Path, gone: str) -> None:
    write(root, f"imports/{GONE}/request.json", "{}")
    if gone == "record":  # its record is forgotten, and its files were seen before
        write(root, f"datasets/{GONE}/manifest.json", "{}")
        (root / "imports" / GONE / "request.json").unlink()
    elif gone == "marked":
        write(root, f"datasets/{GONE}/manifest.json", "{}")
        write(root, f"imports/{GONE}/trashed.json", '{"until": 0}')
    else:  # its files are gone, and the record is not yet
        write(root, f"imports/{GONE}/record.json", '{"state": "succeeded"}')
    with snapshot(root) as folder:
        assert not [path for path in content(folder) if GONE in path]
        assert (folder / "datasets" / DS / "manifest.json").exists()


def test_a_backup_that_is_killed_leaves_nothing_that_the_next_one_does_not_remove(
    root: Path, tmp_path: Path
) -> None:
    program = (
        "import os, sys; from pathlib import Path\n"
        "from worker.store.backup.making import make_backup\n"
        "make_backup(Path(sys.argv[1]), Path(sys.argv[2]), lambda done, of: os._exit(9))"
    )
    command = [sys.executable, "-c", program, str(root), str(tmp_path / "b.tar")]
    assert subprocess.run(command).returncode == 9
    assert [*root.glob(f"{PREFIX}*/")] and not (tmp_path / "b.tar").exists()
    make_backup(root, tmp_path / "b.tar")
    assert [path for path in root.glob(f"{PREFIX}*") if path.is_dir()] == []


def test_what_is_restored_is_its_owners_alone(backup: Path, tmp_path: Path) -> None:
    restored, before = tmp_path / "restored", os.umask(0o077)
    try:
        restore(backup, restored)
    finally:
        os.umask(before)
    assert [p for p in (restored, *restored.rglob("*")) if p.stat().st_mode & 0o077] == []
