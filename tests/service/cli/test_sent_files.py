"""What `purr` makes of the files and folders that it is given."""

import io
import os
import zipfile
from pathlib import Path

import pytest

from service.cli.sent_files import FolderZip, Sent, files_in, to_send
from tests.service.cli.command import Purr
from tests.service.cli.fake_service import FakeService
from tests.service.cli.sample_answers import DATASET

FILES = {"cat/1.png": b"first" * 1_000, "dog/in/2.png": bytes(600_000), "empty.txt": b""}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for name, content in (FILES | {".git/config": b"x", "cat/.DS_Store": b"x"}).items():
        path = tmp_path / "pets" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    return tmp_path / "pets"


def read(packed: bytes) -> dict[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(packed)) as archive:
        assert archive.testzip() is None
        return {name: archive.read(name) for name in archive.namelist()}


@pytest.mark.parametrize("size", [1_000, 2**16, -1])
def test_a_folder_is_a_zip_while_it_is_read(folder: Path, size: int) -> None:
    counts: list[int] = []
    [sent] = to_send([folder])
    name, file = sent.opened(counts.append)
    pieces = []
    while piece := file.read(size):
        pieces.append(piece)
    assert name == "pets.zip"
    assert read(b"".join(pieces)) == FILES
    assert sum(counts) == sum(map(len, pieces))
    assert sent.size == sum(map(len, FILES.values()))


def test_no_more_of_it_is_in_memory_than_was_asked_for(folder: Path) -> None:
    (folder / "large.png").write_bytes(bytes(2**23))
    file = FolderZip(folder, files_in(folder), lambda count: None)
    while piece := file.read(2**16):
        assert len(file._ready) < 2**20
        assert len(piece) <= 2**16


def test_odd_files_are_sent_or_left_out(folder: Path) -> None:
    os.mkfifo(folder / "pipe")
    (folder / "link").symlink_to(folder / "cat/1.png")
    (folder / "around").symlink_to(folder)
    os.utime(folder / "empty.txt", (0, 0))  # before a zip's first year
    (folder / os.fsdecode(b"\xff.png")).write_bytes(b"x")
    sent = read(FolderZip(folder, files_in(folder), lambda count: None).read())
    assert sent == FILES | {"link": FILES["cat/1.png"], "?.png": b"x"}


def test_of_a_folder_of_arrays_these_are_sent(tmp_path: Path) -> None:
    for name in ("x.npy", "y.NPY"):
        (tmp_path / name).touch()
    assert to_send([tmp_path]) == [Sent(tmp_path / "x.npy"), Sent(tmp_path / "y.NPY")]
    (tmp_path / "cat.png").touch()
    [sent] = to_send([tmp_path])
    assert (sent.path, len(sent.inside or ())) == (tmp_path, 3)


def test_a_folder_is_uploaded(purr: Purr, fake: FakeService, folder: Path) -> None:
    fake.say("POST /v1/datasets", {"id": "ds_1", "state": "importing"}, status=202)
    fake.say("GET /v1/datasets/ds_1", DATASET)
    assert purr("datasets", "upload", folder).exit_code == 0
    request = fake.requests[0]
    assert request.target == "/v1/datasets?name=pets"
    assert b'filename="pets.zip"' in request.body
    start = request.body.index(b"PK\x03\x04")
    assert read(request.body[start : request.body.rindex(b"\r\n--")]) == FILES


def test_a_folder_without_files_is_refused(purr: Purr, fake: FakeService, tmp_path: Path) -> None:
    result = purr("datasets", "upload", tmp_path)
    assert isinstance(result.exception, FileNotFoundError)
    assert "Expected files in the folder" in str(result.exception)
    assert not fake.requests
    assert files_in(tmp_path) == []
