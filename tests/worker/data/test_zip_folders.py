import os
import stat
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple
from zipfile import ZipInfo

import numpy as np
import pytest

from tests.worker.data.making import class_folders, encoded, pictures, shown, zipped
from worker.data import zip_folders
from worker.data.checks import NAMED, OF_READING
from worker.errors import CorruptFile, LimitExceeded, UnsafeFile, UnsupportedFile, WorkerError
from worker.findings.finding import Finding
from worker.findings.rule import findings
from worker.settings import Settings

PICTURE = encoded(pictures(1, 64)[0])


class Read(NamedTuple):
    classes: list[str]
    labels: dict[str, list[int]]
    pixels: dict[str, list[Any]]
    findings: list[Finding]

    @property
    def codes(self) -> list[str]:
        return [finding.code for finding in self.findings]


def read(path: Path, seed: int = 1, **limits: Any) -> Read:
    labels: dict[str, list[int]] = {"train": [], "test": []}
    pixels: dict[str, list[Any]] = {"train": [], "test": []}
    with zip_folders.opened([path], Settings(**limits), seed) as contents:
        for block in contents.blocks:
            labels[block.split] += block.y.tolist()
            pixels[block.split] += [*block.x]
    return Read(contents.classes, labels, pixels, findings(OF_READING, contents.reading))


def both_splits(folder: str = "") -> dict[str, bytes]:
    return {
        **class_folders(f"{folder}train/", each=3),
        **class_folders(f"{folder}test/", each=2, seed=1),
    }


def test_folders_are_classes_in_alphabetical_order(tmp_path: Path) -> None:
    found = read(zipped(tmp_path / "a.zip", class_folders(each=5)))
    assert found.classes == ["cat", "other"]
    assert found.labels == {"train": [0] * 4 + [1] * 4, "test": [0, 1]}
    assert found.codes == ["test_held_out"]


def test_pictures_of_the_right_size_keep_every_bit(tmp_path: Path) -> None:
    found = read(zipped(tmp_path / "a.zip", class_folders(each=5)))
    both = found.pixels["train"] + found.pixels["test"]
    assert {x.tobytes() for x in both} == {x.tobytes() for x in pictures(10, 64)}


def test_other_pictures_become_64_by_64(tmp_path: Path) -> None:
    files = {f"{name}/{n}.jpg": encoded(pictures(1, 9)[0], "JPEG") for name in "ab" for n in "12"}
    assert {x.shape for x in read(zipped(tmp_path / "a.zip", files)).pixels["train"]} == {
        (64, 64, 3)
    }


@pytest.mark.parametrize("folder", ["", "my pictures/", "a/b/c/", "./"])
def test_train_and_test_folders_are_the_splits(tmp_path: Path, folder: str) -> None:
    found = read(zipped(tmp_path / "a.zip", both_splits(folder)))
    assert found.labels == {"train": [0, 0, 0, 1, 1, 1], "test": [0, 0, 1, 1]}
    assert found.findings == []


@pytest.mark.parametrize("folder", ["pets/", "train/", "a/Train/"])
def test_a_common_folder_is_no_class(tmp_path: Path, folder: str) -> None:
    assert read(zipped(tmp_path / "a.zip", class_folders(folder))).classes == ["cat", "other"]


def test_the_order_in_the_zip_does_not_matter(tmp_path: Path) -> None:
    files = class_folders()
    backwards = dict(reversed(files.items()))
    one, two = (read(zipped(tmp_path / "a.zip", order)) for order in (files, backwards))
    assert np.array_equal(one.pixels["test"], two.pixels["test"])


def test_what_computers_leave_in_folders_is_ignored(tmp_path: Path) -> None:
    junk = ("__MACOSX/cat/._0.png", "cat/.DS_Store", ".git/config", "cat/Thumbs.db", "empty/")
    found = read(zipped(tmp_path / "a.zip", class_folders() | dict.fromkeys(junk, b"")))
    assert (found.classes, found.codes) == (["cat", "other"], ["test_held_out"])


def test_a_file_beside_the_folders_is_left_out_and_named(tmp_path: Path) -> None:
    found = read(zipped(tmp_path / "a.zip", class_folders() | {"README.txt": b"hello"}))
    assert found.codes == ["files_outside_classes", "test_held_out"]
    assert "'README.txt'" in found.findings[0].message


@pytest.mark.parametrize("damaged", [b"no picture", PICTURE[:-50], b""])
def test_an_unreadable_picture_is_left_out_and_named(tmp_path: Path, damaged: bytes) -> None:
    files = both_splits() | class_folders("train/", each=10) | {"train/cat/bad.png": damaged}
    found = read(zipped(tmp_path / "a.zip", files))
    assert found.labels["train"] == [0] * 10 + [1] * 10
    assert found.codes == ["unreadable_pictures"]
    assert "1 of 25 files" in found.findings[0].message
    assert "'train/cat/bad.png' (Expected " in found.findings[0].message


def test_damaged_bytes_in_the_zip_are_an_unreadable_picture(tmp_path: Path) -> None:
    path = zipped(tmp_path / "a.zip", class_folders(each=10), zipfile.ZIP_STORED)
    whole = bytearray(path.read_bytes())
    whole[whole.index(b"IDAT") + 100] ^= 1
    path.write_bytes(whole)
    assert read(path).codes == ["test_held_out", "unreadable_pictures"]


def test_many_unreadable_pictures_are_counted_and_a_few_named(tmp_path: Path) -> None:
    bad = {f"train/cat/bad{n}.png": b"" for n in range(7)}
    files = class_folders("train/", each=35) | class_folders("test/") | bad
    message = read(zipped(tmp_path / "a.zip", files)).findings[0].message
    assert message.startswith("7 of 87 files")
    assert message.count("bad") == NAMED
    assert message.endswith(" and 2 more")


def test_a_picture_over_its_limit_is_left_out(tmp_path: Path) -> None:
    wide = encoded(np.zeros((65, 64, 3), np.uint8))
    files = class_folders(each=10) | {"cat/wide.png": wide}
    found = read(zipped(tmp_path / "a.zip", files), max_image_pixels=64 * 64)
    assert found.codes == ["test_held_out", "unreadable_pictures"]


def test_if_more_than_a_tenth_is_unreadable_the_zip_is_refused(tmp_path: Path) -> None:
    files = class_folders(each=5) | {f"cat/bad{n}.png": b"text" for n in range(2)}
    with pytest.raises(CorruptFile, match=r"at least 90% of 12 pictures .* 'cat/bad0\.png'"):
        read(zipped(tmp_path / "a.zip", files))


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
        (with_entry("cat/deeper/a.png"), UnsupportedFile, "class/picture"),
        (only("train/a/1.png", "val/a/1.png", "test/a/1.png"), UnsupportedFile, "'val/a/1.png'"),
        (only("1.png", "2.png"), CorruptFile, "at least 2 classes"),
        (only("cat/1.png", "cat/2.png"), CorruptFile, "at least 2 classes"),
        (only(), CorruptFile, "at least 2 classes"),
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
    files = {f"{name}/{n}.png": PICTURE for name in "abc" for n in range(5)}
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
