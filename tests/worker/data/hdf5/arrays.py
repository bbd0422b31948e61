"""HDF5 arrays of any form, written by h5py, and read by us."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import h5py
import numpy as np

from worker.data.arrays.stored import Kind
from worker.data.hdf5.file import member, opened

NAME = "train_set_x"
ANY = Kind("numbers or texts", "iuS", 256)
FILTERS = {"gzip": 1, "shuffle": 2, "fletcher32": 3, "lzf": 32000}


def array_file(
    path: Path,
    shape: tuple[int, ...],
    dtype: str = "u1",
    *,
    chunk: tuple[int, ...] | None = None,
    most: tuple[int | None, ...] | None = None,
    filters: Sequence[str] = (),
    early: bool = False,
    fill: int | None = None,
    libver: str = "earliest",
) -> h5py.Dataset:
    """An array of this form in a new file, whose `file` the caller closes; nothing is written."""
    file = h5py.File(path, "w", libver=libver)
    plan = h5py.h5p.create(h5py.h5p.DATASET_CREATE)
    if chunk is not None:
        plan.set_chunk(chunk)
    for name in filters:
        plan.set_filter(FILTERS[name], h5py.h5z.FLAG_OPTIONAL, (4,) if name == "gzip" else ())
    if early:
        plan.set_alloc_time(h5py.h5d.ALLOC_TIME_EARLY)
    if fill is not None:
        plan.set_fill_value(np.array(fill, dtype))
    most = tuple(h5py.h5s.UNLIMITED if side is None else side for side in most or shape)
    space = h5py.h5s.create_simple(shape, most)
    made = h5py.h5d.create(file.id, NAME.encode(), h5py.h5t.py_create(np.dtype(dtype)), space, plan)
    return h5py.Dataset(made)


def numbers(shape: tuple[int, ...], dtype: str, seed: int = 0) -> Any:
    """Half of it runs of one number, so that it can be compressed."""
    random = np.random.default_rng(seed)
    values = random.integers(0, 100, shape) * random.integers(0, 2, shape)
    return values.astype(dtype)


def read(path: Path, kind: Kind = ANY, step: int = 2**20) -> Any:
    """Block by block."""
    with opened(path) as file:
        array = member(file, NAME.encode(), NAME, path.name, kind)
        rows = array.shape[0]
        blocks = [array.read(slice(at, at + step)) for at in range(0, rows, step)]
        return np.concatenate(blocks) if blocks else array.read()
