"""What a tar may not hold."""

import io
import os
import random
import tarfile
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.worker.data.making import PACKERS, tarred
from worker.data import tarball
from worker.data.kinds import check_beginning, kind_of
from worker.data.magic import HEAD_BYTES
from worker.errors import CorruptFile, LimitExceeded, UnsafeFile, UnsupportedFile, WorkerError

FILES = {"a/1.png": b"first", "b/2.png": b"second"}
MOST = 10**6


def read(path: Path, most: int = MOST) -> dict[str, bytes | CorruptFile]:
    with tarball.opened(path, kind_of(path), most) as files:
        return {"/".join(file.path): file.read(MOST) for file in files}


@pytest.mark.parametrize("compression", PACKERS)
def test_files_are_all_but_folders_and_what_computers_add(tmp_path: Path, compression: str) -> None:
    path = tarred(tmp_path / "a", FILES | {"./a/._1.png": b"x", "__MACOSX/a": b"x"}, compression)
    check_beginning(path.name, path.read_bytes()[:HEAD_BYTES])
    assert read(path) == FILES


@pytest.mark.parametrize("compression", PACKERS)
def test_one_whose_first_file_cannot_be_made_smaller_is_known_too(
    tmp_path: Path, compression: str
) -> None:
    files = {"a/1.png": random.Random(1).randbytes(300_000)}
    path = tarred(tmp_path / "a", files, compression)
    check_beginning(path.name, path.read_bytes()[:HEAD_BYTES])
    assert read(path) == files


def test_no_more_is_read_than_asked_for(tmp_path: Path) -> None:
    path = tarred(tmp_path / "a", FILES)
    with tarball.opened(path, "tar", MOST) as files:
        assert files[0].read(2) == b"fir"


def with_entry(name: str = "x", **about: object) -> Callable[[Path], Path]:
    def make(path: Path) -> Path:
        info = tarfile.TarInfo(name)
        for key, value in about.items():
            setattr(info, key, value)
        with tarfile.open(tarred(path, FILES), "a") as archive:
            archive.addfile(info, io.BytesIO(bytes(info.size)))
        return path

    return make


def cut_short(path: Path) -> Path:
    tarred(path, {"a/1.png": bytes(5_000)})
    path.write_bytes(path.read_bytes()[:3_000])
    return path


def cut_in(compression: str) -> Callable[[Path], Path]:
    def make(path: Path) -> Path:
        tarred(path, {f"{n}": random.Random(n).randbytes(50_000) for n in range(9)}, compression)
        path.write_bytes(path.read_bytes()[:-40])
        return path

    return make


def cut_between_files(path: Path) -> Path:
    tarred(path, FILES)
    path.write_bytes(path.read_bytes()[:1024])
    return path


def damaged_header(path: Path) -> Path:
    whole = bytearray(tarred(path, FILES).read_bytes())
    whole[1024 + 148] ^= 1  # the second one's checksum
    path.write_bytes(whole)
    return path


@pytest.mark.parametrize(
    ("make", "error", "words"),
    [
        (with_entry("../x"), UnsafeFile, r"archive's own folder, got '\.\./x'"),
        (with_entry("/etc/passwd"), UnsafeFile, "archive's own folder"),
        (with_entry(type=tarfile.SYMTYPE, linkname="/etc/passwd"), UnsafeFile, "'x' is a link"),
        (with_entry(type=tarfile.LNKTYPE, linkname="a/1.png"), UnsafeFile, "is a link"),
        (with_entry(type=tarfile.CHRTYPE), UnsafeFile, "a device"),
        (with_entry(type=tarfile.FIFOTYPE), UnsafeFile, "a device"),
        (with_entry("./a/1.png"), CorruptFile, r"'\./a/1\.png' comes twice"),
        (cut_short, CorruptFile, "damaged or cut short"),
        (cut_in("gzip"), CorruptFile, "damaged or cut short"),
        (cut_in("zstd"), CorruptFile, "damaged or cut short"),
        (cut_between_files, CorruptFile, "damaged or cut short"),
        (damaged_header, CorruptFile, "damaged or cut short"),
        (with_entry("./."), UnsafeFile, "archive's own folder"),
        (with_entry(pax_headers={"GNU.sparse.major": "1", "GNU.sparse.minor": "0",
                                 "GNU.sparse.name": "x", "GNU.sparse.realsize": "9"}, size=512),
         CorruptFile, "damaged or cut short"),
    ],
    ids=range(14),
)  # fmt: skip
def test_a_tar_that_cannot_be_trusted_is_refused(
    tmp_path: Path, make: Callable[[Path], Path], error: type[WorkerError], words: str
) -> None:
    with pytest.raises(error, match=words) as refusal:
        read(make(tmp_path / "a.tar"))
    assert str(tmp_path) not in str(refusal.value)


def test_a_file_with_holes_is_refused(tmp_path: Path) -> None:
    path = with_entry(type=tarfile.GNUTYPE_SPARSE)(tmp_path / "a.tar")
    with pytest.raises(UnsupportedFile, match="'x' has holes"):
        read(path)


def test_bytes_that_are_missing_are_an_error(tmp_path: Path) -> None:
    path = tarred(tmp_path / "a.tar", {"a/1.png": bytes(5_000)})
    with tarball.opened(path, "tar", MOST) as [file]:
        os.truncate(path, 3_000)
        assert isinstance(file.read(MOST), CorruptFile)


@pytest.mark.parametrize("compression", PACKERS)
def test_what_unpacks_to_too_much_is_refused_before_it_is_unpacked(
    tmp_path: Path, compression: str
) -> None:
    path = tarred(tmp_path / "a.tar", {"a": bytes(2_000)}, compression)
    with pytest.raises(LimitExceeded, match="at most 1,999 bytes unpacked"):
        read(path, most=1_999)
