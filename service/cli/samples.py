"""Files to try the service with: datasets drawn here, and single pictures out of a dataset."""

import re
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path, PurePosixPath
from zipfile import ZipFile, is_zipfile

from service.cli.pictures import is_picture

MOST = 4  # pictures, however many classes there are


def draw_files(folder: Path) -> list[Path]:
    """Two HDF5 files in the folder, one to train on and one to test with."""
    from worker.data import sketches
    from worker.data.hdf5 import reader

    drawn = sketches.draw()
    train, test = folder / "train.h5", folder / "test.h5"
    reader.write(train, "train", drawn.train_x, drawn.train_y, sketches.CLASSES)
    reader.write(test, "test", drawn.test_x, drawn.test_y, sketches.CLASSES)
    return [train, test]


def take_pictures(files: Sequence[Path], folder: Path) -> list[Path]:
    """One picture of each class, from the files' test rows where they have any."""
    pictures: list[Path] = []
    for file in files:
        take = _from_zip if is_zipfile(file) else _from_hdf5
        pictures += take(file, folder)
    return pictures[:MOST]


def _from_hdf5(file: Path, folder: Path) -> Iterator[Path]:
    """Only from files in the course's own form; others are read by the service alone."""
    import h5py
    from PIL import Image

    if not h5py.is_hdf5(file):
        return
    with h5py.File(file) as data:
        if not {"test_set_x", "test_set_y", "list_classes"} <= data.keys():
            return
        if data["list_classes"].dtype.kind != "S" or data["test_set_y"].dtype.kind not in "iu":
            return
        classes = [name.decode(errors="replace") for name in data["list_classes"]]
        labels = data["test_set_y"][:].ravel().tolist()
        for label in sorted(set(labels), reverse=True):
            picture = folder / f"{_file_name(classes[label])}.png"
            Image.fromarray(data["test_set_x"][labels.index(label)]).save(picture)
            yield picture


def _from_zip(file: Path, folder: Path) -> Iterator[Path]:
    with ZipFile(file) as archive:
        for entry in _one_of_each_class(archive.namelist()):
            picture = folder / f"{_file_name(entry.parent.name)}{entry.suffix}"
            picture.write_bytes(archive.read(str(entry)))
            yield picture


def _one_of_each_class(names: Iterable[str]) -> Iterable[PurePosixPath]:
    entries = [PurePosixPath(name) for name in names]
    pictures = [entry for entry in entries if is_picture(entry)]
    pictures.sort(key=lambda entry: ("test" not in entry.parts, entry))
    first: dict[str, PurePosixPath] = {}
    for entry in pictures:
        first.setdefault(entry.parent.name, entry)
    return first.values()


def _file_name(name: str) -> str:
    return re.sub(r"[^\w-]+", "_", name)
