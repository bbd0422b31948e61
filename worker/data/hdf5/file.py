"""An HDF5 file that nobody trusts, and the arrays in it that have passed the guard.

libhdf5 is asked for descriptions only, never for data: it believes the file. Of a chunk that is
shorter than its shape, it would return memory of the process as the missing rest. Its descriptions
are checked, and `chunks` reads the bytes.
"""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from math import prod
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from worker.data.arrays.stored import ALL, Kind, check_expansion, check_kind, located
from worker.data.hdf5 import guard
from worker.data.hdf5.chunks import Chunked, Contiguous, Source, indexed
from worker.data.hdf5.filters import DAMAGED, Step
from worker.data.hdf5.guard import hardened_h5py
from worker.data.hdf5.texts import POINTER, TEXT, Texts
from worker.errors import CorruptFile, UnsupportedFile

# And what h5py and our own reading raise. Not Exception: a MemoryError says nothing of the file.
BROKEN = (*DAMAGED, OSError, RuntimeError, TypeError, AttributeError, AssertionError)


class Member(NamedTuple):
    """An array that has passed the guard.

    Attributes:
        where: its name in messages: "train_set_x in a.h5".
        dtype: as the file says; `read` returns numbers from 0 up in place of booleans.
    """

    where: str
    dtype: np.dtype[Any]
    array: Contiguous | Chunked | Texts

    @property
    def shape(self) -> tuple[int, ...]:
        return self.array.shape

    def read(self, rows: slice = ALL) -> NDArray[Any]:
        """Returns some rows, (rows, *shape[1:]). Called in their order, it decodes no chunk twice.

        Raises:
            CorruptFile: the data are damaged.
        """
        with sound(self.where):
            start, stop, _ = rows.indices(self.shape[0])
            return self.array.read(start, max(start, stop))


@contextmanager
def opened(path: Path) -> Iterator[Any]:
    """Yields h5py's file, open for reading.

    Raises:
        CorruptFile: it is no HDF5 file, or a damaged one.
    """
    with sound(path.name):
        file = hardened_h5py().File(path, "r", driver="sec2", locking=False)
    with file:
        yield file


def member(group: Any, link: bytes, name: str, file_name: str, kind: Kind) -> Member:
    """Returns the array of this name in a group, or in the file itself.

    Args:
        name: in messages; with its groups before it.

    Raises:
        UnsafeFile: it is a link, or takes its data from other files.
        UnsupportedFile: it is stored in a way, or has a type, that is not read here.
        CorruptFile: it is no array, or damaged.
        LimitExceeded: it has too many or too large chunks, or grows too much when it is read.
    """
    where = located(name, file_name)
    with sound(where):
        # A link's own name has no slash, so this is the only link on the way from the group.
        guard.check_link(group.id.links.get_info(link).type, where)
        dataset = group[link]
        guard.check_dataset(dataset, where)
        return _member(dataset, kind, where)


def _member(dataset: Any, kind: Kind, where: str) -> Member:
    plan = dataset.id.get_create_plist()
    guard.check_layout(plan, where)
    texts = "S" in kind.codes and guard.is_of_texts(dataset)
    if not texts:
        check_kind(dataset.dtype, kind, where)
        guard.check_type(dataset.id.get_type(), dataset.dtype, kind, where)
    # Of the file that libhdf5 has open: another file may have its name by now.
    descriptor = dataset.file.id.get_vfd_handle()
    source = Source(descriptor, os.fstat(descriptor).st_size)
    chunked = plan.get_layout() == hardened_h5py().h5d.CHUNKED
    dtype = POINTER if texts else dataset.dtype
    # A boolean that is neither 0 nor 1 would be a number that NumPy does not expect.
    stored = np.dtype(np.uint8) if dtype.kind == "b" else dtype
    array = (_chunked if chunked else _contiguous)(dataset, stored, plan, source, where)
    check_expansion(array.shape, stored, array.stored_bytes, where)
    if texts:
        return Member(where, TEXT, Texts(where, source, array))
    return Member(where, dtype, array)


@contextmanager
def sound(where: str) -> Iterator[None]:
    """Raises CorruptFile where the bytes turn out to be damaged."""
    try:
        yield
    except BROKEN as error:
        raise CorruptFile(
            f"Expected sound HDF5 data in {where}, but it is damaged or cut short; "
            "make the file again."
        ) from error


def _contiguous(
    dataset: Any, dtype: np.dtype[Any], plan: Any, source: Source, where: str
) -> Contiguous:
    # HDF5 has arrays without a shape; they are refused later, like single numbers.
    shape = dataset.shape or ()
    offset, stored_bytes = dataset.id.get_offset(), dataset.id.get_storage_size()
    fill = _fill(plan, dtype, where, needed=offset is None)
    return Contiguous(source, shape, dtype, fill, offset, stored_bytes)


def _chunked(dataset: Any, dtype: np.dtype[Any], plan: Any, source: Source, where: str) -> Chunked:
    shape, chunk = dataset.shape, plan.get_chunk()
    filters = [plan.get_filter(number) for number in range(plan.get_nfilters())]
    steps = [Step(code, parameters) for code, _, parameters, _ in filters]
    guard.check_filters([step.code for step in steps], where)
    # Python's integers: a product of NumPy's could overflow and pass.
    chunk_bytes = prod(chunk) * dtype.itemsize
    grid = tuple(-(-length // side) for length, side in zip(shape, chunk, strict=True))
    guard.check_chunks(prod(grid), chunk_bytes, where)
    guard.check_growth(dataset.maxshape, chunk, where)
    index = indexed(dataset.id, grid, chunk, chunk_bytes, source)
    fill = _fill(plan, dtype, where, needed=not index["size"].all())
    return Chunked(source, shape, dtype, fill, chunk, steps, index)


def _fill(plan: Any, dtype: np.dtype[Any], where: str, needed: bool) -> NDArray[Any]:
    """Returns the value of elements that were never written, as an array of no axes."""
    value = np.zeros((), dtype)
    if not needed or plan.fill_value_defined() != hardened_h5py().h5d.FILL_VALUE_USER_DEFINED:
        return value
    if dtype.kind in "SV":  # h5py cannot set a text, which the check below needs
        raise UnsupportedFile(
            f"Expected every text in {where} to be written, got a fill value in place of some; "
            "write them all."
        )
    plan.get_fill_value(value)
    # libhdf5 copies as many bytes as the type has, even if the value in the file is shorter: then
    # the rest comes from other memory. Two plans are equal only if their values have one length.
    proof = plan.copy()
    proof.set_fill_value(value)
    if not proof.equal(plan):
        raise ValueError(f"Expected a fill value of {dtype.itemsize} bytes, got another length.")
    return value
