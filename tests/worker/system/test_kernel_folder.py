"""Compiled kernels are kept where this user alone can put any."""

import os
from pathlib import Path

import pytest

from worker.settings import Settings
from worker.system.kernel_folder import claim, keep_apart, kernel_folder

NAMES = ("PURR_KERNEL_DIR", "NUMBA_CACHE_DIR")


@pytest.fixture(autouse=True)
def unset(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in NAMES:
        monkeypatch.delenv(name, raising=False)


def test_all_that_a_user_runs_shares_one_folder_in_his_cache(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.delenv("XDG_CACHE_HOME", raising=False)
    place = kernel_folder()
    assert place.is_relative_to(tmp_path)
    assert place.parts[-2:] == ("purrceptron", "kernels")
    for data_dir in ("one", "another"):
        assert Settings(data_dir=Path(data_dir)).kernel_dir == place


def test_the_setting_outranks_the_variable_of_numba_and_both_the_cache(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for name in reversed(NAMES):
        monkeypatch.setenv(name, f"/{name}")
        assert kernel_folder() == Settings().kernel_dir == Path(f"/{name}")


def test_a_new_folder_is_its_owners_alone_whatever_the_umask(tmp_path: Path) -> None:
    before = os.umask(0)
    try:
        made = claim(tmp_path / "cache" / "kernels")
    finally:
        os.umask(before)
    assert made.stat().st_mode & 0o777 == 0o700


def test_one_that_others_could_read_is_closed(tmp_path: Path) -> None:
    tmp_path.chmod(0o755)
    claim(tmp_path)
    assert tmp_path.stat().st_mode & 0o777 == 0o700


@pytest.mark.parametrize("mode", [0o770, 0o702])
def test_one_that_others_could_write_to_is_refused(tmp_path: Path, mode: int) -> None:
    tmp_path.chmod(mode)
    with pytest.raises(PermissionError, match=r"others can write .* PURR_KERNEL_DIR"):
        claim(tmp_path)


def test_another_users_folder_is_refused(tmp_path: Path) -> None:
    other = Path("/") if os.geteuid() else tmp_path
    if other == tmp_path:
        os.chown(other, 65534, -1)
    with pytest.raises(PermissionError, match=rf"belongs to the user {other.stat().st_uid}: name"):
        claim(other)


def test_a_folder_that_cannot_be_made_is_named() -> None:
    with pytest.raises(OSError, match=r"needed at /dev/null/k, .* Not a directory: name another"):
        claim(Path("/dev/null/k"))


def test_a_folder_where_jobs_can_write_is_refused(tmp_path: Path) -> None:
    (tmp_path / "jobs").mkdir()
    (tmp_path / "link").symlink_to(tmp_path / "jobs")
    keep_apart(tmp_path / "kernels", [tmp_path / "jobs", tmp_path / "kernels" / "cuda"])
    for inside in (tmp_path / "jobs", tmp_path / "jobs" / "kernels", tmp_path / "link"):
        with pytest.raises(PermissionError, match="no job or import can write"):
            keep_apart(inside, [tmp_path / "jobs"])
