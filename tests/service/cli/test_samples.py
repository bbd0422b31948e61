from pathlib import Path
from zipfile import ZipFile

import h5py
import numpy
import pytest
from PIL import Image

from service.cli.pictures import find_pictures
from service.cli.samples import draw_files, take_pictures
from worker.data.hdf5 import reader


def test_drawn_files_are_a_dataset_with_a_picture_of_each_class(tmp_path: Path) -> None:
    train, test = draw_files(tmp_path)
    with h5py.File(train) as file:
        assert file["train_set_x"].shape[1:] == (64, 64, 3)
    names = [picture.name for picture in take_pictures([train, test], tmp_path, {})]
    assert names == ["cat.png", "other.png"]


def test_a_picture_is_the_first_test_row_of_its_class(tmp_path: Path) -> None:
    x = numpy.arange(3 * 4 * 4 * 3, dtype="uint8").reshape(3, 4, 4, 3)
    reader.write(tmp_path / "test.h5", "test", x, numpy.array([0, 1, 1]), ["no/cat", "cat"])
    cat, other = take_pictures([tmp_path / "test.h5"], tmp_path, {})
    assert (cat.name, other.name) == ("cat.png", "no_cat.png")
    assert numpy.array_equal(numpy.asarray(Image.open(cat)), x[1])


def test_a_file_without_test_rows_gives_no_pictures(tmp_path: Path) -> None:
    x = numpy.zeros((1, 4, 4, 3), dtype="uint8")
    reader.write(tmp_path / "train.h5", "train", x, numpy.array([0]), ["cat"])
    assert take_pictures([tmp_path / "train.h5"], tmp_path, {}) == []


@pytest.mark.parametrize("form", ["names", "labels", "no names"])
def test_a_file_in_another_form_gives_no_pictures(tmp_path: Path, form: str) -> None:
    x, y, names = numpy.zeros((2, 4, 4, 3), "u1"), numpy.arange(2), [b"cat", b"dog"]
    with h5py.File(tmp_path / "a.h5", "w") as file:
        file["test_set_x"], file["test_set_y"] = x, y / 1 if form == "labels" else y
        if form != "no names":
            file["list_classes"] = y if form == "names" else numpy.array(names)
    numpy.save(tmp_path / "x.npy", x)
    assert take_pictures([tmp_path / "a.h5", tmp_path / "x.npy"], tmp_path, {}) == []


@pytest.fixture
def photos(tmp_path: Path) -> list[Path]:
    """A folder and two zips; each photo says in it where it lies."""
    names = {"pets": ["cat/1.JPG", "dog/1.webp"], "a.zip": ["a/2.jpg", "3.jpg"], "b.zip": ["3.jpg"]}
    for file, inside in names.items():
        for name in inside:
            if file.endswith(".zip"):
                with ZipFile(tmp_path / file, "a") as archive:
                    archive.writestr(name, f"{file}/{name}")
            else:
                path = tmp_path / file / name
                path.parent.mkdir(parents=True)
                path.write_text(f"{file}/{name}")
    return [tmp_path / file for file in names]


@pytest.mark.parametrize(
    ("label", "name", "taken"),
    [
        ("cat", "cat/1.JPG", {"cat.JPG": "pets/cat/1.JPG"}),
        ("no/cat", "a/2.jpg", {"no_cat.jpg": "a.zip/a/2.jpg"}),
        ("dog", "dog/9.jpg", {}),
        ("in two zips", "3.jpg", {}),
    ],
)
def test_the_named_photo_of_a_class_is_taken_out_of_folders_and_zips(
    tmp_path: Path, photos: list[Path], label: str, name: str, taken: dict[str, str]
) -> None:
    pictures = take_pictures(photos, tmp_path, {label: name})
    assert {picture.name: picture.read_text() for picture in pictures} == taken


def test_a_folder_stands_for_the_pictures_in_it(tmp_path: Path) -> None:
    for name in ("b.jpeg", "a.WEBP", "c.txt"):
        (tmp_path / name).touch()
    alone = tmp_path / "c.txt"
    assert find_pictures([alone, tmp_path]) == [alone, tmp_path / "a.WEBP", tmp_path / "b.jpeg"]
