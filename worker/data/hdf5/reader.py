"""HDF5 files of arrays; and those of the course, which have `train_set_x`, `train_set_y`,
`test_set_x`, `test_set_y` and `list_classes`."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from worker.data.arrays.stored import Listed
from worker.data.hdf5 import file as hdf5_file
from worker.data.hdf5.guard import hardened_h5py
from worker.data.hdf5.listing import listed


@contextmanager
def opened(path: Path) -> Iterator[list[Listed]]:
    """Yields the arrays of a file.

    Raises:
        CorruptFile: it is damaged.
    """
    with hdf5_file.opened(path) as file:
        yield listed(file, path.name)


def write(
    path: Path,
    split: str,
    x: NDArray[np.uint8],
    y: NDArray[np.integer[Any]],
    classes: Sequence[str],
) -> None:
    """Write one split as one file in the course's layout.

    Args:
        x: (rows, height, width, 3), uint8.
        y: (rows,), whole numbers.
        classes: a name for each label.
    """
    with hardened_h5py().File(path, "w") as file:
        file[f"{split}_set_x"] = x
        file[f"{split}_set_y"] = y
        file["list_classes"] = np.array([name.encode() for name in classes])
