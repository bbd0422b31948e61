import errno
import json
from pathlib import Path

import pytest

from worker.errors import StoreFull
from worker.system.files import full_disk_named, write_atomically


def test_a_file_is_replaced_whole(tmp_path: Path) -> None:
    path = tmp_path / "a" / "b.json"
    for value in (1, 2):
        write_atomically(path, json.dumps(value).encode())
    assert (path.read_text(), [p.name for p in path.parent.iterdir()]) == ("2", ["b.json"])


def test_a_full_disk_has_a_name_and_other_faults_keep_theirs() -> None:
    with pytest.raises(StoreFull), full_disk_named():
        raise OSError(errno.ENOSPC, "full")
    with pytest.raises(PermissionError), full_disk_named():
        raise PermissionError(errno.EACCES, "no")
