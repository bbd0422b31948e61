import errno
import json
from pathlib import Path
from typing import BinaryIO

import pytest

from worker.errors import StoreFull
from worker.system.files import (
    full_disk_named,
    make_folder,
    remove,
    write_aside,
    write_atomically,
)


def test_a_file_is_replaced_whole(tmp_path: Path) -> None:
    path = tmp_path / "b.json"
    for value in (1, 2):
        write_atomically(path, json.dumps(value).encode())
    assert (path.read_text(), [p.name for p in path.parent.iterdir()]) == ("2", ["b.json"])


def test_a_folder_that_is_removed_meanwhile_does_not_come_back(tmp_path: Path) -> None:
    folder = tmp_path / "a"
    make_folder(folder)

    def write(file: BinaryIO) -> Path:
        remove(folder)
        return folder / "b.json"

    with pytest.raises(FileNotFoundError):
        write_aside(folder / "b.json", write)
    with pytest.raises(FileNotFoundError):
        write_atomically(folder / "b.json", b"")
    assert [*tmp_path.iterdir()] == []


def test_a_full_disk_has_a_name_and_other_faults_keep_theirs() -> None:
    with pytest.raises(StoreFull), full_disk_named():
        raise OSError(errno.ENOSPC, "full")
    with pytest.raises(PermissionError), full_disk_named():
        raise PermissionError(errno.EACCES, "no")
