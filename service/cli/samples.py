"""Files to try the service with: datasets drawn here, and single pictures out of a dataset."""

import re
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path, PurePosixPath
from typing import NamedTuple
from zipfile import ZipFile, is_zipfile

from purrceptron.files import files_in, go_apart

MOST = 4  # pictures, however many classes there are


class Sent(NamedTuple):
    """What is sent: a file, or a folder with these files as a zip."""

    path: Path
    inside: Sequence[Path] | None = None


def draw_files(folder: Path) -> list[Path]:
    """Two HDF5 files in the folder, one to train on and one to test with."""
    from worker.data import sketches
    from worker.data.hdf5 import reader

    drawn = sketches.draw()
    train, test = folder / "train.h5", folder / "test.h5"
    reader.write(train, "train", drawn.train_x, drawn.train_y, sketches.CLASSES)
    reader.write(test, "test", drawn.test_x, drawn.test_y, sketches.CLASSES)
    return [train, test]


def take_pictures(files: Sequence[Path], folder: Path, photos: Mapping[str, str]) -> list[Path]:
    """One picture of each class, called by it, into the folder: the named photos out of folders
    and zips, the first test row out of arrays.

    Args:
        photos: for a class, the name of its photo in what was uploaded.
    """
    sent = [*_sent(files)]
    pictures = [*_named(sent, folder, photos)]
    for each in sent:
        if each.inside is None:
            pictures += _from_hdf5(each.path, folder)
    return pictures[:MOST]


def _sent(given: Sequence[Path]) -> Iterator[Sent]:
    for path in given:
        inside = files_in(path) if path.is_dir() else None
        if inside is not None and go_apart(inside):
            yield from map(Sent, inside)
        else:
            yield Sent(path, inside)


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


def _named(sent: Sequence[Sent], folder: Path, photos: Mapping[str, str]) -> Iterator[Path]:
    """Without a photo whose name is in two uploads, since it may be of another class there."""
    contents = [(each, _names(each)) for each in sent]
    for label, name in photos.items():
        holders = [each for each, names in contents if name in names]
        if len(holders) == 1:
            picture = folder / f"{_file_name(label)}{PurePosixPath(name).suffix}"
            picture.write_bytes(_read(holders[0], name))
            yield picture


def _names(sent: Sent) -> set[str]:
    if sent.inside is not None:
        return {path.relative_to(sent.path).as_posix() for path in sent.inside}
    if not is_zipfile(sent.path):
        return set()
    with ZipFile(sent.path) as archive:
        return set(archive.namelist())


def _read(sent: Sent, name: str) -> bytes:
    if sent.inside is not None:
        return (sent.path / name).read_bytes()
    with ZipFile(sent.path) as archive:
        return archive.read(name)


def _file_name(name: str) -> str:
    return re.sub(r"[^\w-]+", "_", name)
