"""An upload in pieces: its file says how far it is, whoever has died."""

from pathlib import Path

import pytest

from worker.errors import IllegalMove, StoreFull
from worker.store.resumable_upload import ResumableUpload
from worker.store.uploads import UploadStore

UPLOAD = "ds_" + "1" * 32


@pytest.fixture
def upload(tmp_path: Path) -> ResumableUpload:
    return UploadStore(tmp_path).begin(UPLOAD, "../my cats.h5", {"length": 9})


def append(upload: ResumableUpload, *blocks: bytes) -> None:
    with upload.appending() as file:
        for block in blocks:
            file.write(block)


def content(folder: Path) -> bytes:
    (file,) = UploadStore(folder).local_files(UPLOAD)
    return file.read_bytes()


def test_pieces_are_one_file_that_its_user_alone_may_read(
    upload: ResumableUpload, tmp_path: Path
) -> None:
    assert upload.offset == 0
    append(upload, b"pu", b"rr")
    append(upload)
    append(upload, b"ing")
    assert (upload.offset, upload.head(3), upload.head(99)) == (7, b"pur", b"purring")
    upload.seal()
    (file,) = UploadStore(tmp_path).local_files(UPLOAD)
    assert (file.name, file.read_bytes()) == ("01-.._my_cats.h5", b"purring")
    assert file.stat().st_mode & 0o777 == 0o600


def test_after_a_restart_it_is_found_as_far_as_it_was(
    upload: ResumableUpload, tmp_path: Path
) -> None:
    append(upload, b"purr")
    again = UploadStore(tmp_path).resumable(UPLOAD)
    assert again is not None
    assert (again.about, again.offset) == (upload.about, 4)
    assert again.about["length"] == 9
    append(again, b"ing")
    assert content(tmp_path) == b"purring"


@pytest.mark.parametrize("upload_id", ["ds_" + "2" * 32, "x", "..", "", f"{UPLOAD}/", f"{UPLOAD}."])
def test_where_none_has_begun_none_is_found(
    upload: ResumableUpload, tmp_path: Path, upload_id: str
) -> None:
    assert UploadStore(tmp_path).resumable(upload_id) is None


def test_what_came_at_once_does_not_come_in_pieces(tmp_path: Path) -> None:
    uploads = UploadStore(tmp_path)
    with uploads.open(UPLOAD) as upload:
        upload.begin("a.h5")
    assert uploads.resumable(UPLOAD) is None


def test_one_at_a_time_appends(upload: ResumableUpload, tmp_path: Path) -> None:
    other = UploadStore(tmp_path).resumable(UPLOAD)
    assert other is not None
    with upload.appending() as file:
        file.write(b"purr")
        with pytest.raises(IllegalMove, match="one request at a time"), other.appending():
            pass
    append(other, b"ing")
    assert content(tmp_path) == b"purring"


def test_a_full_disk_is_called_so(upload: ResumableUpload, tmp_path: Path) -> None:
    (file,) = UploadStore(tmp_path).local_files(UPLOAD)
    file.unlink()
    file.symlink_to("/dev/full")
    with pytest.raises(StoreFull, match="is full"):
        append(upload, bytes(10**6))


def test_what_is_undone_leaves_what_was_there_and_no_gap(
    upload: ResumableUpload, tmp_path: Path
) -> None:
    append(upload, b"purr")
    with upload.appending() as file:
        file.write(b"xx")
        file.write(b"xxx")
        file.undo()
        assert (file.offset, content(tmp_path)) == (4, b"purr")
        file.write(b"ing")
    assert (upload.offset, content(tmp_path)) == (7, b"purring")
