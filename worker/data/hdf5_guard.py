"""Arrays out of an HDF5 file that nobody trusts.

HDF5 lets a file name other files of the machine as the place of its data, and to the library that
is no error. So each array is looked at from outside, by its link and its description, before a
byte of it is read.
"""

import os
import resource
from collections.abc import Iterator
from contextlib import contextmanager
from math import prod
from pathlib import Path
from types import EllipsisType, ModuleType
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from worker.errors import CorruptFile, LimitExceeded, UnsafeFile, UnsupportedFile

FILTERS = {1: "gzip", 2: "shuffle", 3: "fletcher32", 32000: "lzf"}
MAX_CHUNK_BYTES = 64 * 2**20
# Deflate ends near 1030 to 1, and honest zeros come close to it: small arrays may.
MAX_EXPANSION = 1000
EXPANSION_FLOOR_BYTES = 64 * 2**20

# What h5py raises on damaged bytes. Not Exception: MemoryError must pass untouched.
BROKEN = (OSError, RuntimeError, ValueError, LookupError, TypeError, AttributeError)


class Kind(NamedTuple):
    """Which types of numbers or texts an array may hold, and the words for them."""

    words: str
    codes: str
    max_bytes: int


class Member(NamedTuple):
    """An array that has passed the guard, and how a message names it."""

    where: str
    dataset: Any

    @property
    def shape(self) -> tuple[int, ...]:
        # HDF5 has arrays without a shape, too: to us they are wrong by their rank, as numbers are.
        return self.dataset.shape or ()

    def read(self, rows: slice | EllipsisType = ...) -> NDArray[Any]:
        with _sound(self.where), _no_other_files():
            return np.asarray(self.dataset[rows])


def library() -> ModuleType:
    """h5py, with no plugins and nothing preset by the environment."""
    # HDF5 reads these when it is loaded, hence before the import, and the import here.
    os.environ.update(HDF5_PLUGIN_PRELOAD="::", HDF5_PLUGIN_PATH="/nonexistent")
    for name in ("DRIVER", "VOL_CONNECTOR", "EXTFILE_PREFIX", "VDS_PREFIX"):
        os.environ.pop(f"HDF5_{name}", None)
    import h5py

    # In case it was loaded before.
    while h5py.h5pl.size():
        h5py.h5pl.remove(0)
    return h5py  # type: ignore[no-any-return]


@contextmanager
def opened(path: Path) -> Iterator[Any]:
    with _sound(path.name):
        file = library().File(path, "r", driver="sec2", locking=False)
    with file:
        yield file


def member(file: Any, name: str, kind: Kind, file_name: str) -> Member | None:
    """The array of this name at the top of the file, or None if there is nothing of this name."""
    where = f"{name} in {file_name}"
    with _sound(where):
        # Not `name in file` nor `file.get`: to answer, they may follow a link.
        if not file.id.links.exists(name.encode()):
            return None
        # The names have no slash, so this one link is the whole way to the array.
        _check_link(file.id.links.get_info(name.encode()).type, where)
        dataset = file[name]
        _check_dataset(dataset, where)
        _check_kind(dataset.dtype, kind, where)
        _check_filters(dataset.id.get_create_plist(), where)
        _check_expansion(dataset, where)
    return Member(where, dataset)


@contextmanager
def _sound(where: str) -> Iterator[None]:
    try:
        yield
    except BROKEN as error:
        raise CorruptFile(
            f"Expected sound HDF5 data in {where}, but it is damaged or cut short; "
            "make the file again."
        ) from error


@contextmanager
def _no_other_files() -> Iterator[None]:
    """Make every open() of the process fail: a second lock, should a reference pass the first."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (0, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))


def _check_link(link: int, where: str) -> None:
    if link != library().h5l.TYPE_HARD:
        raise UnsafeFile(
            f"Expected {where} to be an array, but it is a link to another place; "
            "store the array itself."
        )


def _check_dataset(dataset: Any, where: str) -> None:
    if not isinstance(dataset, library().Dataset):
        raise CorruptFile(f"Expected {where} to be an array, but it is a group; store an array.")
    if dataset.external is not None or dataset.is_virtual:
        raise UnsafeFile(
            f"Expected {where} to hold its own data, but it takes them from other files; "
            "store the data themselves."
        )


def _check_kind(dtype: np.dtype[Any], kind: Kind, where: str) -> None:
    # Variable length, references and compounds have codes of their own, O and V.
    if dtype.kind not in kind.codes or dtype.itemsize > kind.max_bytes:
        raise UnsupportedFile(
            f"Expected {kind.words} in {where}, got {dtype.name}; convert them and send it again."
        )


def _check_filters(plan: Any, where: str) -> None:
    codes = {plan.get_filter(index)[0] for index in range(plan.get_nfilters())}
    if unknown := codes - FILTERS.keys():
        raise UnsupportedFile(
            f"Expected {where} to be plain or compressed by {', '.join(FILTERS.values())}, "
            f"got filter {min(unknown)}; write it with gzip."
        )


def _check_expansion(dataset: Any, where: str) -> None:
    # Python's integers: a product of NumPy's could wrap around and pass.
    chunk = prod(dataset.chunks or ()) * dataset.dtype.itemsize
    if chunk > MAX_CHUNK_BYTES:
        raise LimitExceeded(
            f"Expected chunks of at most {MAX_CHUNK_BYTES:,} bytes in {where}, got {chunk:,}; "
            "write it in smaller ones."
        )
    size, stored = prod(dataset.shape or ()) * dataset.dtype.itemsize, dataset.id.get_storage_size()
    if size > EXPANSION_FLOOR_BYTES and size > MAX_EXPANSION * stored:
        raise LimitExceeded(
            f"Expected {where} to become at most {MAX_EXPANSION:,} times larger when it is read, "
            f"but its {stored:,} bytes stand for {size:,}; write it without compression."
        )
