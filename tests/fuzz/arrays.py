"""Readers of arrays: HDF5, NPZ and NPY, and a chunk of HDF5."""

import io
import tempfile
import zlib
from collections.abc import Iterator
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import Any

import h5py
import numpy as np
from numpy.typing import NDArray

from tests.fuzz.held_file import held
from worker.data.arrays import importer, npy
from worker.data.arrays.npy import Stored
from worker.data.arrays.stored import ALL, LABELS
from worker.data.contents import Block
from worker.data.hdf5 import filters, reader
from worker.data.hdf5.filters import DAMAGED, Step
from worker.data.kinds import kind_of
from worker.data.options import AS_THEY_ARE
from worker.errors import WorkerError
from worker.settings import Settings

SETTINGS = Settings(min_free_bytes=0, max_dataset_bytes=10**7)
GZIP, SHUFFLE, LZF, CHUNK_BYTES = 1, 2, 32_000, 9
STEPS = ([Step(GZIP, ())], [Step(LZF, ())], [Step(SHUFFLE, (2,)), Step(GZIP, ())])
X = np.random.default_rng(1).integers(0, 256, (12, 4, 4, 3), np.uint8)
Y = np.arange(12) % 2


def chunk(body: bytes) -> None:
    for steps in STEPS:
        with suppress(*DAMAGED):
            assert len(filters.undone(body, steps, 0, CHUNK_BYTES)) == CHUNK_BYTES


def one(body: bytes) -> None:
    """An array in NumPy's own form, which NumPy must read alike if it reads it at all."""
    listed = npy.listed(Stored(partial(part, body), len(body), len(body)), "body", "")
    if not listed.shape:
        return
    own = listed.open(LABELS).read()
    try:
        theirs = np.load(io.BytesIO(body), allow_pickle=False)
    except (ValueError, SyntaxError, TypeError, EOFError):
        return
    assert own.shape == theirs.shape
    assert own.tobytes() == theirs.tobytes()


def part(body: bytes, offset: int, count: int) -> bytes:
    if len(found := body[offset : offset + count]) < count:
        raise ValueError(f"Expected {count} bytes at {offset}, got {len(found)}.")
    return found


def each(body: bytes) -> None:
    """Whatever arrays a file has, whether or not they are a dataset."""
    path = held(body)
    if (opened := importer.READERS.get(kind_of(path))) is None:
        return
    with opened(path) as listed:
        for array in listed:
            with suppress(WorkerError):
                found = array.open(LABELS)
                if found.shape:
                    assert found.read(ALL).shape == found.shape


def together(body: bytes) -> None:
    """All of an import but what is written."""
    path = held(body)
    kind = kind_of(path)
    if kind in importer.READERS:
        with importer.opened({path: kind}, AS_THEY_ARE, SETTINGS, 1) as contents:
            check(contents.blocks, len(contents.classes))


def check(blocks: Iterator[Block], classes: int) -> None:
    """Whether all rows have numbers, and classes that there are."""
    for block in blocks:
        assert len(block.x) == len(block.y)
        assert np.isfinite(block.x).all()
        assert not len(block.y) or 0 <= block.y.min() <= block.y.max() < classes


def chunks() -> list[bytes]:
    return [zlib.compress(b"abc" * 3), b"\x02abc\x80\x02", zlib.compress(bytes(9), 0)]


def npys() -> list[bytes]:
    arrays = [X, Y, np.asfortranarray(X[..., 0] / 255), Y.astype(bool), np.array(["é", "dog"]),
              np.array([b"cat", b"dog"]), Y.astype(">u2")]  # fmt: skip
    return [saved(array) for array in arrays]


def saved(array: NDArray[Any]) -> bytes:
    file = io.BytesIO()
    np.save(file, array)
    return file.getvalue()


def npzs() -> list[bytes]:
    parts: dict[str, Any] = {"x_train": X[..., 0], "y_train": np.eye(2)[Y], "names": ["a", "b"]}
    made = []
    for save in (np.savez_compressed, np.savez):
        file = io.BytesIO()
        save(file, **parts)
        made.append(file.getvalue())
    return made


def h5s() -> list[bytes]:
    """Datasets of a few small pictures, in the forms that people have them in."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "a.h5"
        reader.write(path, "train", X, Y, ["cat", "other"])
        course = path.read_bytes()
    packed = io.BytesIO()
    with h5py.File(packed, "w") as file:
        file.create_dataset(
            "train/x", data=X, chunks=(5, 4, 4, 3), compression="gzip", shuffle=True
        )
        file.create_dataset("train/y", data=Y, chunks=(5,), compression="lzf", maxshape=(None,))
    named = io.BytesIO()
    with h5py.File(named, "w", libver="latest") as file:
        file["images"], file["labels"] = X / 255, Y.astype(bool)
        file["class_names"] = ["cat", "other"]
    return [course, packed.getvalue(), named.getvalue()]
