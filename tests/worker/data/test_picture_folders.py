"""What becomes of archives of class folders."""

import zipfile
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from tests.worker.data.making import PACKERS, class_folders, encoded, pictures, tarred, zipped
from tests.worker.data.zips import PICTURE, read
from worker.data import picture_folders
from worker.data.checks import NAMED
from worker.data.options import AS_THEY_ARE, ImportOptions
from worker.errors import CorruptFile, InvalidParameter
from worker.settings import Settings


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
    assert found.codes == ["no_pictures", "test_held_out"]
    assert "'README.txt'" in found.findings[0].message


@pytest.mark.parametrize("damaged", [b"no picture", PICTURE[:-50]])
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
    bad = {f"train/cat/bad{n}.png": b"x" for n in range(7)}
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


def test_rows_to_validate_are_a_split_of_their_own(tmp_path: Path) -> None:
    files = both_splits() | class_folders("Valid/", each=1, seed=2)
    found = read(zipped(tmp_path / "a.zip", files))
    assert found.labels == {"train": [0] * 3 + [1] * 3, "test": [0, 0, 1, 1], "validation": [0, 1]}
    assert found.codes == []


def test_without_a_test_split_rows_to_validate_are_it(tmp_path: Path) -> None:
    files = class_folders("train/", each=3) | class_folders("val/", each=2, seed=2)
    found = read(zipped(tmp_path / "a.zip", files))
    assert found.labels == {"train": [0] * 3 + [1] * 3, "test": [0, 0, 1, 1]}
    assert found.codes == ["validation_as_test"]


def test_names_and_lists_say_classes_where_no_folder_does(tmp_path: Path) -> None:
    contents = [*class_folders().values()]
    named = {f"train/{name}.{n}.png": contents[n] for n in range(4) for name in ("cat", "dog")}
    found = read(zipped(tmp_path / "a.zip", named | {"test1/1.png": PICTURE, "s.csv": b"id,label"}))
    assert found.classes == ["cat", "dog"]
    assert found.codes == ["no_pictures", "files_outside_classes", "test_held_out"]
    files = dict(zip(("a.png", "b.png", "c", "d.png"), contents, strict=False))
    listed = b"\xef\xbb\xbfname,label\na.png,cat\nb.png,dog\nc,cat\nd.png,dog\n"
    found = read(zipped(tmp_path / "b.zip", files | {"labels.csv": listed, "LICENSE": b"free"}))
    assert found.classes == ["cat", "dog"]
    assert sum(map(len, found.labels.values())) == 4


def test_names_in_a_zip_are_what_their_writer_meant(tmp_path: Path) -> None:
    files = {f"pets\\{name}\\{n}.png": PICTURE for name in ("ca\u0301t", "dog") for n in range(2)}
    path = zipped(tmp_path / "a.zip", files)
    assert read(path).classes == ["c\u00e1t", "dog"]
    # The same bytes, without the flag that says that they are UTF-8.
    whole = bytearray(path.read_bytes())
    for mark, flags in ((b"PK\x03\x04", 7), (b"PK\x01\x02", 9)):
        at = whole.find(mark)
        while at >= 0:
            whole[at + flags] &= ~0x08
            at = whole.find(mark, at + 1)
    path.write_bytes(whole)
    assert read(path).classes == ["c\u00e1t", "dog"]


@pytest.mark.parametrize("compression", PACKERS)
def test_a_tar_becomes_what_a_zip_does(tmp_path: Path, compression: str) -> None:
    files = both_splits() | {"README.txt": b"hello", "._cat": b"", "train/cat/x": PICTURE}
    one = read(zipped(tmp_path / "a.zip", files))
    two = read(tarred(tmp_path / "a.tar", files, compression))
    assert (one.classes, one.codes) == (two.classes, two.codes)
    for split in ("train", "test"):
        assert sorted(x.tobytes() for x in one.pixels[split]) == sorted(
            x.tobytes() for x in two.pixels[split]
        )


def test_several_archives_are_one_dataset(tmp_path: Path) -> None:
    train = tarred(tmp_path / "01-train.tar", class_folders(each=3))
    test = zipped(tmp_path / "02-test.zip", class_folders(each=2, seed=1))
    found = read(train, test)
    assert found.labels == {"train": [0, 0, 0, 1, 1, 1], "test": [0, 0, 1, 1]}
    of_class = [
        zipped(tmp_path / f"0{n}-{name}.zip", {f"{k}.png": PICTURE for k in range(5)})
        for n, name in enumerate(("cat", "dog"))
    ]
    assert read(*of_class).classes == ["cat", "dog"]


def test_lists_of_one_name_are_each_of_their_own_folder(tmp_path: Path) -> None:
    first, second = pictures(2, 64)
    files = {
        f"{split}/{name}.png": encoded(x)
        for split in ("train", "valid")
        for name, x in (("a", first), ("b", second))
    }
    lists = {"train/_classes.csv": b"file,cat,dog\na.png,1,0\nb.png,0,1\n"}
    lists |= {"valid/_classes.csv": b"file,cat,dog\na.png,0,1\nb.png,1,0\n"}
    found = read(zipped(tmp_path / "a.zip", files | lists))
    assert found.labels == {"train": [0, 1], "test": [1, 0]}


@pytest.mark.parametrize("archived", [zipped, tarred])
def test_pictures_that_are_the_same_are_held_out_together(
    tmp_path: Path, archived: Callable[[Path, dict[str, bytes]], Path]
) -> None:
    files = {
        f"{name}/{copy}{n}.png": encoded(x)
        for name, seed in (("cat", 1), ("dog", 2))
        for n, x in enumerate(pictures(10, 64, seed))
        for copy in "ab"
    }
    found = read(archived(tmp_path / "a", files))
    train, test = ({x.tobytes() for x in found.pixels[split]} for split in ("train", "test"))
    assert (len(train), len(test)) == (16, 4)
    assert not train & test


def test_pictures_get_the_size_that_is_asked_for(tmp_path: Path) -> None:
    files = {f"{name}/{n}.png": encoded(x) for name in "ab" for n, x in enumerate(pictures(3, 20))}
    found = read(zipped(tmp_path / "a.zip", files), options=ImportOptions(image_size=20))
    rows = {x.tobytes() for split in found.pixels.values() for x in split}
    assert rows == {x.tobytes() for x in pictures(3, 20)}


def test_an_order_of_channels_is_refused_of_files_of_pictures(tmp_path: Path) -> None:
    with pytest.raises(InvalidParameter, match="Expected channel_order with arrays"):
        read(zipped(tmp_path / "a.zip", both_splits()), options=ImportOptions(channel_order="bgr"))


def test_the_format_of_a_picture_is_that_of_its_bytes(tmp_path: Path) -> None:
    files = {
        f"train/{name}/{n}.{suffix}": encoded(x, "JPEG")
        for name, suffix in (("cat", "jpg"), ("dog", "jpeg"))
        for n, x in enumerate(pictures(2))
    }
    files |= class_folders("test/", each=1) | {"train/dog/x": PICTURE}
    path = zipped(tmp_path / "a.zip", files)
    with picture_folders.opened({path: "zip"}, AS_THEY_ARE, Settings(), 1) as contents:
        assert [*contents.blocks]
        assert contents.reading.file_formats == ["JPEG"] * 4 + ["PNG"]


def test_a_picture_of_another_format_than_its_name_says_is_told(tmp_path: Path) -> None:
    other = encoded(pictures(1, 64)[0], "JPEG")
    files = class_folders(each=6) | {"cat/phone.png": other, "cat/photo.jpeg": other}
    [finding] = [f for f in read(zipped(tmp_path / "a.zip", files)).findings
                 if f.code == "misnamed_pictures"]  # fmt: skip
    assert finding.message.startswith("1 of 14 files are of another format")
    assert "'cat/phone.png' (JPEG)" in finding.message
