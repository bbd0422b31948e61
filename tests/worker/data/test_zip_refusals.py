"""Which zips are refused, and what is said of them."""

import os
import stat
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any
from zipfile import ZipInfo

import pytest

from tests.worker.data.making import class_folders, encoded, pictures, shown, zipped
from tests.worker.data.zips import PICTURE, read
from worker.errors import CorruptFile, LimitExceeded, UnsafeFile, UnsupportedFile, WorkerError


def link() -> ZipInfo:
    info = ZipInfo("cat/link.png")
    info.external_attr = (stat.S_IFLNK | 0o777) << 16
    return info


def with_entry(entry: str | ZipInfo) -> Callable[[Path], Path]:
    return lambda path: zipped(path, {**class_folders(), entry: PICTURE})


def with_method(method: int) -> Callable[[Path], Path]:
    return lambda path: zipped(path, class_folders(), method)


def only(*names: str) -> Callable[[Path], Path]:
    return lambda path: zipped(path, dict.fromkeys(names, PICTURE))


def nested(path: Path) -> Path:
    return zipped(path, {"a/readme.txt": b"hello", "a/train.zip": b"PK"})


def patched(before: bytes, after: bytes) -> Callable[[Path], Path]:
    """All files, then a change of the same length, in every header that has it."""

    def make(path: Path) -> Path:
        zipped(path, class_folders() | {"cat/some_name.png": PICTURE})
        path.write_bytes(path.read_bytes().replace(before, after))
        return path

    return make


def encrypted(path: Path) -> Path:
    zipped(path, class_folders())
    whole = bytearray(path.read_bytes())
    whole[whole.index(b"PK\x01\x02") + 8] |= 1
    path.write_bytes(whole)
    return path


def overlapping(path: Path) -> Path:
    """Two entries of the directory point to one file."""
    zipped(path, class_folders(each=1))
    whole = path.read_bytes()
    second = whole.rindex(b"PK\x01\x02")
    path.write_bytes(whole[: second + 42] + bytes(4) + whole[second + 46 :])
    return path


def cut_short(path: Path) -> Path:
    os.truncate(zipped(path, class_folders()), 1000)
    return path


def doubled(path: Path) -> Path:
    zipped(path, class_folders())
    path.write_bytes(path.read_bytes().replace(b"cat/0.png", b"cat/1.png"))
    return path


@pytest.mark.parametrize(
    ("make", "error", "words"),
    [
        (with_entry("../evil.png"), UnsafeFile, "evil"),
        (with_entry("cat/../../evil.png"), UnsafeFile, "evil"),
        (with_entry("/etc/evil.png"), UnsafeFile, "evil"),
        (with_entry("C:/evil.png"), UnsafeFile, "evil"),
        (with_entry(r"cat\..\evil.png"), UnsafeFile, "evil"),
        (patched(b"some_name", b"evil\0name"), UnsafeFile, "evil"),
        (with_entry(link()), UnsafeFile, "is a link"),
        (encrypted, UnsupportedFile, "without a password"),
        (with_method(zipfile.ZIP_LZMA), UnsupportedFile, "stored or deflated"),
        (with_method(zipfile.ZIP_BZIP2), UnsupportedFile, "stored or deflated"),
        (overlapping, CorruptFile, "share their bytes"),
        (doubled, CorruptFile, "comes twice"),
        (cut_short, CorruptFile, r"whole zip, but a\.zip"),
        (only("x/cat/1.png", "x/dog/1.png", "y/cat/1.png"), UnsupportedFile, "'cat' lies in 'x'"),
        (only("cat/1.png", "dog/1.png", "train/1.png"), UnsupportedFile, "of the train split"),
        (only("train/a/1.png", "val/a/1.png", "test/a/1.png"), CorruptFile, "at least 2 classes"),
        (nested, CorruptFile, "got 'a/readme.txt' and the like"),
        (only("1.png", "2.png"), CorruptFile, "at least 2 classes"),
        (only("cat/1.png", "cat/2.png"), CorruptFile, "at least 2 classes"),
        (only(), CorruptFile, "at least 2 classes in the archive, got an empty one"),
        (only("cat/1.png", "\u202etac/1.png"), CorruptFile, "printable"),
    ],
    ids=shown,
)
def test_a_refusal_says_what_came(
    tmp_path: Path, make: Callable[[Path], Path], error: type[WorkerError], words: str
) -> None:
    with pytest.raises(error, match=words) as refusal:
        read(make(tmp_path / "a.zip"))
    assert str(refusal.value).startswith("Expected ")
    assert str(tmp_path) not in str(refusal.value)


@pytest.mark.parametrize(
    ("limits", "words"),
    [
        ({"max_classes": 2}, "at most 2 classes, got 3"),
        ({"max_rows": 11}, "at most 11 rows in the train split, got 12"),
        ({"max_features": 64 * 64}, "at most 4,096 numbers"),
        ({"max_dataset_bytes": 15 * 64 * 64 * 3 - 1}, "184,319 bytes decoded, got 184,320"),
    ],
)
def test_a_zip_over_a_limit_is_refused(tmp_path: Path, limits: dict[str, Any], words: str) -> None:
    contents = [encoded(x) for x in pictures(5, 64)]
    files = {f"{name}/{n}.png": content for name in "abc" for n, content in enumerate(contents)}
    with pytest.raises(LimitExceeded, match=words):
        read(zipped(tmp_path / "a.zip", files), **limits)


def test_a_zip_that_inflates_beyond_the_limits_is_refused(tmp_path: Path) -> None:
    path = zipped(tmp_path / "a.zip", class_folders(each=10) | {"cat/bomb": bytes(10**7)})
    with pytest.raises(LimitExceeded, match="at most 1,000,000 bytes unpacked"):
        read(path, max_upload_bytes=10**6, max_dataset_bytes=10**6)


def test_a_file_that_inflates_beyond_a_picture_is_read_no_further(tmp_path: Path) -> None:
    files = class_folders(each=10) | {"cat/bomb.png": PICTURE + bytes(10**7)}
    found = read(zipped(tmp_path / "a.zip", files), max_image_bytes=10**5)
    assert "at most 100,000 bytes, got 100,001" in found.findings[1].message
