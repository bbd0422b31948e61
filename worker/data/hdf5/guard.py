"""Refuses arrays in HDF5 files that are not safe to read.

An HDF5 file may name other files of the machine as the place of its data, and the library would
read them. So the link and the description of each array are checked before a byte of it is read.
"""

import os
from collections.abc import Sequence
from types import ModuleType
from typing import Any

import numpy as np

from worker.data.arrays.stored import Kind
from worker.data.hdf5.filters import FILTERS, OTHERS
from worker.errors import CorruptFile, LimitExceeded, UnsafeFile, UnsupportedFile

MAX_CHUNK_BYTES = 64 * 2**20
# Twice the rows that a split may have by default; the index of so many chunks takes 32 MiB.
MAX_CHUNKS = 2**21


def hardened_h5py() -> ModuleType:
    """Returns h5py, without plugins and without what the environment may set."""
    # HDF5 reads these variables when it is loaded, so they are set before the import.
    os.environ.update(HDF5_PLUGIN_PRELOAD="::", HDF5_PLUGIN_PATH="/nonexistent")
    for name in ("DRIVER", "VOL_CONNECTOR", "EXTFILE_PREFIX", "VDS_PREFIX"):
        os.environ.pop(f"HDF5_{name}", None)
    import h5py

    # In case it was loaded before.
    while h5py.h5pl.size():
        h5py.h5pl.remove(0)
    return h5py  # type: ignore[no-any-return]


def check_link(link: int, where: str) -> None:
    if link != hardened_h5py().h5l.TYPE_HARD:
        raise UnsafeFile(
            f"Expected {where} to be an array, but it is a link to another place; "
            "store the array itself."
        )


def check_dataset(dataset: Any, where: str) -> None:
    if not isinstance(dataset, hardened_h5py().Dataset):
        raise CorruptFile(f"Expected {where} to be an array, but it is a group; store an array.")


def is_of_texts(dataset: Any) -> bool:
    """Whether it has texts of variable length, as HDF5 itself stores them."""
    stored = dataset.id.get_type()
    if not isinstance(stored, hardened_h5py().h5t.TypeStringID) or not stored.is_variable_str():
        return False
    # In the file, lengths and places may have other widths than the usual ones.
    sizes: tuple[int, int] = dataset.file.id.get_create_plist().get_sizes()
    return sizes == (8, 8)


def check_layout(plan: Any, where: str) -> None:
    h5d = hardened_h5py().h5d
    layout = plan.get_layout()
    if layout == h5d.VIRTUAL or plan.get_external_count():
        raise UnsafeFile(
            f"Expected {where} to hold its own data, but it takes them from other files; "
            "store the data themselves."
        )
    if layout not in (h5d.CONTIGUOUS, h5d.CHUNKED):
        raise UnsupportedFile(
            f"Expected {where} to be stored contiguous or in chunks, got the compact layout; "
            "write it again without that."
        )


def check_type(stored: Any, dtype: np.dtype[Any], kind: Kind, where: str) -> None:
    """Refuse a type that h5py takes for one of NumPy's, but whose bits have another order.

    Raises:
        UnsupportedFile: it is such a type.
    """
    h5t = hardened_h5py().h5t
    exact = h5t.py_create(dtype)
    if dtype.kind == "S" and stored.get_strpad() != h5t.STR_SPACEPAD:
        # How a text ends, and its character set, do not change the place of its bytes.
        exact.set_strpad(stored.get_strpad())
        exact.set_cset(stored.get_cset())
    if not exact.equal(stored):
        raise UnsupportedFile(
            f"Expected {kind.words} in {where} as NumPy stores {dtype.name}, got them in another "
            "form; convert them and send it again."
        )


def check_filters(codes: Sequence[int], where: str) -> None:
    if unknown := [code for code in codes if code not in FILTERS]:
        usable = ", ".join(known.name for known in FILTERS.values())
        raise UnsupportedFile(
            f"Expected {where} to be plain or compressed by {usable}, "
            f"got {OTHERS.get(unknown[0], f'filter {unknown[0]}')}; write it with gzip alone."
        )


def check_chunks(chunks: int, chunk_bytes: int, where: str) -> None:
    if chunk_bytes > MAX_CHUNK_BYTES:
        raise LimitExceeded(
            f"Expected chunks of at most {MAX_CHUNK_BYTES:,} bytes in {where}, "
            f"got {chunk_bytes:,}; write it in smaller ones."
        )
    if chunks > MAX_CHUNKS:
        raise LimitExceeded(
            f"Expected at most {MAX_CHUNKS:,} chunks in {where}, got {chunks:,}; "
            "write it in larger ones."
        )


def check_growth(most: Sequence[int | None], chunk: Sequence[int], where: str) -> None:
    """Refuse an array of which libhdf5 lists the chunks at wrong places.

    Up to HDF5 2.0 it does so for arrays of which one axis alone is unlimited, unless that is the
    first axis.

    Args:
        most: the largest length of each axis; None where it is unlimited.
        chunk: the shape of a chunk.

    Raises:
        UnsupportedFile: it is such an array.
    """
    endless = [axis for axis, side in enumerate(most) if side is None]
    if len(endless) != 1:
        return
    before = zip(most[: endless[0]], chunk, strict=False)
    if any(side is not None and side > part for side, part in before):
        raise UnsupportedFile(
            f"Expected {where} to grow by rows, got an array that grows along axis "
            f"{endless[0]} alone; store it with a fixed shape."
        )
