"""What a zip's directory may not say."""

import stat
import zipfile
from collections.abc import Callable
from pathlib import Path
from zipfile import ZipInfo

import pytest

from tests.worker.data.making import zipped
from worker.data.archive import check_entries, files_of, opened
from worker.errors import CorruptFile, UnsafeFile, UnsupportedFile, WorkerError

FILES = {"a.npy": b"first", "b.npy": b"second"}
DIRECTORY = b"PK\x01\x02"


def checked(path: Path) -> list[str]:
    with opened(path) as archive:
        check_entries(archive.infolist())
        return ["/".join(file.path) for file in files_of(archive)]


def test_files_are_all_but_folders_and_what_computers_add(tmp_path: Path) -> None:
    junk = dict.fromkeys(("__MACOSX/._a.npy", ".DS_Store", "Thumbs.db", "empty/"), b"")
    assert checked(zipped(tmp_path / "a.zip", FILES | junk)) == ["a.npy", "b.npy"]


def called(name: str) -> Callable[[bytearray], None]:
    def change(content: bytearray) -> None:
        content[:] = content.replace(b"b.npy", name.encode())

    return change


def encrypted(content: bytearray) -> None:
    content[content.index(DIRECTORY) + 8] |= 1


def compressed_by_lzma(content: bytearray) -> None:
    content[content.index(DIRECTORY) + 10] = zipfile.ZIP_LZMA


def overlapping(content: bytearray) -> None:
    second = content.rindex(DIRECTORY)
    content[second + 42 : second + 46] = bytes(4)


def cut_short(content: bytearray) -> None:
    del content[60:]


@pytest.mark.parametrize(
    ("change", "error", "words"),
    [
        (called("../bb"), UnsafeFile, r"archive's own folder, got '\.\./bb'"),
        (called("/b.np"), UnsafeFile, "archive's own folder"),
        (called("C:b.n"), UnsafeFile, "archive's own folder"),
        (called("..\\bb"), UnsafeFile, "archive's own folder"),
        (called("a.npy"), CorruptFile, "comes twice"),
        (encrypted, UnsupportedFile, "'a.npy' has one"),
        (compressed_by_lzma, UnsupportedFile, "'a.npy' is compressed another way"),
        (overlapping, CorruptFile, "share their bytes"),
        (cut_short, CorruptFile, r"whole zip, but a\.zip is damaged"),
    ],
    ids=range(9),
)
def test_a_directory_that_cannot_be_trusted_is_refused(
    tmp_path: Path, change: Callable[[bytearray], None], error: type[WorkerError], words: str
) -> None:
    path = zipped(tmp_path / "a.zip", FILES, zipfile.ZIP_STORED)
    content = bytearray(path.read_bytes())
    change(content)
    path.write_bytes(content)
    with pytest.raises(error, match=words):
        checked(path)


def test_an_entry_without_a_name_is_refused(tmp_path: Path) -> None:
    path = zipped(tmp_path / "a.zip", FILES, zipfile.ZIP_STORED)
    path.write_bytes(path.read_bytes().replace(b"b.npy", b"\0.npy"))
    with opened(path) as archive:
        for refuse in (lambda: files_of(archive), lambda: check_entries(archive.infolist())):
            with pytest.raises(UnsafeFile, match="archive's own folder"):
                refuse()


def test_a_link_is_refused(tmp_path: Path) -> None:
    link = ZipInfo("link.npy")
    link.external_attr = (stat.S_IFLNK | 0o777) << 16
    with pytest.raises(UnsafeFile, match=r"'link\.npy' is a link"):
        checked(zipped(tmp_path / "a.zip", {link: b"/etc/passwd"}))
