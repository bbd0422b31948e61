"""The pictures that are trained on: the course's, or noise of the same size where it is missing."""

from pathlib import Path
from typing import NamedTuple

import h5py
import numpy as np
from numpy.typing import NDArray

from worker.data.hdf5 import reader

COURSE = Path(__file__).parents[2] / "shared" / "data"
ROWS = {"train": 209, "test": 50}


class Pictures(NamedTuple):
    """Where the two files are, what they hold for training, and what to call it."""

    files: list[Path]
    x: NDArray[np.uint8]
    y: NDArray[np.int64]
    name: str


def pictures(folder: Path) -> Pictures:
    """The course's files, else new ones in this folder."""
    files, name = [COURSE / f"{split}_catvnoncat.h5" for split in ROWS], "the course's pictures"
    if not all(path.is_file() for path in files):
        files, name = noise(folder), "random pictures of the size of the course's"
    with h5py.File(files[0]) as file:
        x, y = file["train_set_x"][:], file["train_set_y"][:]
    return Pictures(files, x, y.astype("int64"), name)


def noise(folder: Path) -> list[Path]:
    rng = np.random.default_rng(1)
    files = [folder / f"{split}.h5" for split in ROWS]
    for path, (split, rows) in zip(files, ROWS.items(), strict=True):
        x = rng.integers(0, 256, (rows, 64, 64, 3), dtype=np.uint8)
        reader.write(path, split, x, rng.integers(0, 2, rows), ["other", "cat"])
    return files
