import os
from pathlib import Path

import pytest

from worker.errors import InvalidParameter
from worker.store.uploads import UploadStore

UPLOAD = "ds_" + "1" * 32


@pytest.fixture
def uploads(tmp_path: Path) -> UploadStore:
    return UploadStore(tmp_path)


def test_files_keep_their_order_their_bytes_and_what_is_harmless_of_their_names(
    uploads: UploadStore,
) -> None:
    with uploads.open(UPLOAD) as upload:
        for name, blocks in (("z.h5", [b"1", b"2"]), ("../a b.h5", [b"3"]), ("x" * 99, [])):
            upload.begin(name)
            for block in blocks:
                upload.write(block)
        upload.seal()
    files = uploads.local_files(UPLOAD)
    assert [file.name for file in files] == ["01-z.h5", "02-.._a_b.h5", "03-" + "x" * 60]
    assert [file.read_bytes() for file in files] == [b"12", b"3", b""]
    assert {file.stat().st_mode & 0o777 for file in files} == {0o600}


def test_bytes_before_the_first_file_are_refused(uploads: UploadStore) -> None:
    with uploads.open(UPLOAD) as upload, pytest.raises(InvalidParameter, match="belong to none"):
        upload.write(b"x")


def test_an_upload_is_opened_once(uploads: UploadStore) -> None:
    uploads.open(UPLOAD)
    with pytest.raises(FileExistsError):
        uploads.open(UPLOAD)


def test_a_dropped_upload_is_gone_and_may_be_gone_before(uploads: UploadStore) -> None:
    with uploads.open(UPLOAD) as upload:
        upload.begin("a.h5")
    for _ in range(2):
        uploads.drop(UPLOAD)
    with pytest.raises(FileNotFoundError):
        uploads.local_files(UPLOAD)


def test_an_upload_is_forsaken_when_neither_it_nor_a_file_of_it_has_changed(
    uploads: UploadStore, tmp_path: Path
) -> None:
    with uploads.open(UPLOAD) as upload:
        upload.begin("a.h5")
    (file,) = uploads.local_files(UPLOAD)
    os.utime(tmp_path / UPLOAD, (0, 0))
    assert uploads.forsaken("ds", 60) == []
    os.utime(file, (0, 0))
    assert uploads.forsaken("ds", 60) == [UPLOAD]
