"""An upload in pieces: its file says how far it is, whoever has died."""

from pathlib import Path

import pytest

from worker.errors import IllegalMove, StoreFull
from worker.store.resumable_upload import ResumableUpload
from worker.store.space import Space
from worker.store.uploads import UploadStore

UPLOAD = "ds_" + "1" * 32


@pytest.fixture
def space(tmp_path: Path) -> Space:
    return Space(tmp_path)


@pytest.fixture
def upload(tmp_path: Path, space: Space) -> ResumableUpload:
    return UploadStore(tmp_path, space).begin(UPLOAD, "../my cats.h5", {"length": 9})


def append(upload: ResumableUpload, *blocks: bytes) -> None:
    with upload.appending() as file:
        for block in blocks:
            file.write(block)


def content(folder: Path) -> bytes:
    (file,) = UploadStore(folder, Space(folder)).local_files(UPLOAD)
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
    (file,) = UploadStore(tmp_path, Space(tmp_path)).local_files(UPLOAD)
    assert (file.name, file.read_bytes()) == ("01-.._my_cats.h5", b"purring")
    assert file.stat().st_mode & 0o777 == 0o600


def test_after_a_restart_it_is_found_as_far_as_it_was(
    upload: ResumableUpload, tmp_path: Path
) -> None:
    append(upload, b"purr")
    again = UploadStore(tmp_path, Space(tmp_path)).resumable(UPLOAD)
    assert again is not None
    assert (again.about, again.offset) == (upload.about, 4)
    assert again.about["length"] == 9
    append(again, b"ing")
    assert content(tmp_path) == b"purring"


@pytest.mark.parametrize("upload_id", ["ds_" + "2" * 32, "x", "..", "", f"{UPLOAD}/", f"{UPLOAD}."])
def test_where_none_has_begun_none_is_found(
    upload: ResumableUpload, tmp_path: Path, upload_id: str
) -> None:
    assert UploadStore(tmp_path, Space(tmp_path)).resumable(upload_id) is None


def test_what_came_at_once_does_not_come_in_pieces(tmp_path: Path) -> None:
    uploads = UploadStore(tmp_path, Space(tmp_path))
    with uploads.open(UPLOAD) as upload:
        upload.begin("a.h5")
    assert uploads.resumable(UPLOAD) is None


def test_one_at_a_time_appends(upload: ResumableUpload, tmp_path: Path) -> None:
    other = UploadStore(tmp_path, Space(tmp_path)).resumable(UPLOAD)
    assert other is not None
    with upload.appending() as file:
        file.write(b"purr")
        with pytest.raises(IllegalMove, match="one request at a time"), other.appending():
            pass
    append(other, b"ing")
    assert content(tmp_path) == b"purring"


def test_what_came_before_the_disk_was_full_stays(
    upload: ResumableUpload, space: Space, tmp_path: Path
) -> None:
    with pytest.raises(StoreFull, match="Make room"), upload.appending() as file:
        file.write(b"purr")
        space.reserve_bytes = 2**60
        file.write(b"xxx")
    assert upload.offset == 4
    space.reserve_bytes = 0
    append(upload, b"ing")
    assert content(tmp_path) == b"purring"


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


def test_where_there_is_no_room_none_begins(tmp_path: Path) -> None:
    uploads = UploadStore(tmp_path / "uploads", Space(tmp_path, 2**60))
    with pytest.raises(StoreFull, match="Make room"):
        uploads.begin(UPLOAD, "a.h5", {})
    assert not (tmp_path / "uploads").exists()
