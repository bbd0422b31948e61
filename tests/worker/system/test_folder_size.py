import os
from pathlib import Path

from worker.system.folder_size import bytes_below


def test_all_files_below_count_once_under_however_many_names(tmp_path: Path) -> None:
    (tmp_path / "a" / "b").mkdir(parents=True)
    (tmp_path / "a" / "b" / "one").write_bytes(bytes(10))
    (tmp_path / "a" / "two").write_bytes(bytes(300))
    os.link(tmp_path / "a" / "two", tmp_path / "a" / "b" / "two again")
    os.symlink("/", tmp_path / "a" / "everything")
    link = (tmp_path / "a" / "everything").lstat().st_size
    assert bytes_below(tmp_path / "a") == 310 + link
    assert bytes_below(tmp_path / "a" / "b", tmp_path / "a") == 310 + link


def test_what_is_not_there_takes_nothing(tmp_path: Path) -> None:
    assert bytes_below(tmp_path / "nothing") == bytes_below() == 0
