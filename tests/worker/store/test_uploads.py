import os
import shutil
import threading
from pathlib import Path

import pytest

from worker.errors import InvalidParameter, LeaseLost
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


def test_a_drop_that_is_interrupted_leaves_no_half_and_what_it_leaves_goes(
    uploads: UploadStore, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with uploads.open(UPLOAD) as upload:
        upload.begin("a.h5")
    with monkeypatch.context() as patched:
        patched.setattr(shutil, "rmtree", lambda *_, **__: None)
        uploads.drop(UPLOAD)
    with pytest.raises(FileNotFoundError):
        uploads.local_files(UPLOAD)
    uploads.drop_leftovers(60)
    assert len([*tmp_path.iterdir()]) == 1
    uploads.drop_leftovers(-1)
    assert [*tmp_path.iterdir()] == []


def test_of_two_who_make_the_same_of_an_upload_the_second_waits_and_takes_it(
    uploads: UploadStore,
) -> None:
    uploads.open(UPLOAD)
    begun, goes_on, found = threading.Event(), threading.Event(), list[Path]()

    def slowly(part: Path) -> None:
        begun.set()
        assert goes_on.wait(10)
        (part / "x").write_bytes(b"first")

    def second(_: Path) -> None:
        raise AssertionError("it is made already")

    first = threading.Thread(
        target=lambda: found.append(uploads.local_made(UPLOAD, "rows", slowly, lambda: None))
    )
    first.start()
    assert begun.wait(10)
    taken = uploads.local_made(UPLOAD, "rows", second, goes_on.set)
    first.join(10)
    assert (found, (taken / "x").read_bytes()) == ([taken], b"first")


def test_who_waits_for_what_is_made_of_an_upload_may_be_ended(uploads: UploadStore) -> None:
    uploads.open(UPLOAD)

    def lost() -> None:
        raise LeaseLost("another has it")

    def make(_: Path) -> None:
        with pytest.raises(LeaseLost):
            uploads.local_made(UPLOAD, "rows", make, lost)

    assert uploads.local_made(UPLOAD, "rows", make, lost).exists()


def test_what_a_dead_process_began_to_make_of_an_upload_goes(
    uploads: UploadStore, tmp_path: Path
) -> None:
    uploads.open(UPLOAD)
    (tmp_path / UPLOAD / ".rows.0.part").mkdir()
    made = uploads.local_made(UPLOAD, "rows", lambda part: None, lambda: None)
    assert [*(tmp_path / UPLOAD).iterdir()] == [made]


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
