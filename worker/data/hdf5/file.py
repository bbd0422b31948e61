"""An HDF5 file that nobody trusts, and the arrays in it that have passed the guard.

libhdf5 is asked for descriptions alone, since it believes what a file says of its data: a chunk
that becomes shorter than its shape is handed out with memory behind it. What it says is checked,
and `hdf5_chunks` reads the bytes.
"""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from math import prod
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from worker.data.hdf5 import guard as guard
from worker.data.hdf5.chunks import Chunked, Contiguous, Source, indexed
from worker.data.hdf5.filters import DAMAGED, Step
from worker.data.hdf5.guard import Kind, library
from worker.errors import CorruptFile, UnsupportedFile

ALL = slice(None)

# And what h5py and our own reading raise on them. Not Exception: MemoryError must pass untouched.
BROKEN = (*DAMAGED, OSError, RuntimeError, TypeError, AttributeError, AssertionError)


class Member(NamedTuple):
    """An array that has passed the guard, and how a message names it."""

    where: str
    array: Contiguous | Chunked

    @property
    def shape(self) -> tuple[int, ...]:
        return self.array.shape

    def read(self, rows: slice = ALL) -> NDArray[Any]:
        """The rows that were asked for; ask in order, so that no chunk is read twice."""
        with _sound(self.where):
            start, stop, _ = rows.indices(self.shape[0])
            return self.array.read(start, max(start, stop))


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
        guard.check_link(file.id.links.get_info(name.encode()).type, where)
        dataset = file[name]
        guard.check_dataset(dataset, where)
        plan = dataset.id.get_create_plist()
        guard.check_layout(plan, where)
        guard.check_kind(dataset.dtype, kind, where)
        guard.check_type(dataset.id.get_type(), dataset.dtype, kind, where)
        # The same open file that libhdf5 has described: no name is looked up again.
        descriptor = file.id.get_vfd_handle()
        source = Source(descriptor, os.fstat(descriptor).st_size)
        chunked = plan.get_layout() == library().h5d.CHUNKED
        array = (_chunked if chunked else _contiguous)(dataset, plan, source, where)
        guard.check_expansion(array.shape, array.dtype, array.stored_bytes, where)
    return Member(where, array)


@contextmanager
def _sound(where: str) -> Iterator[None]:
    try:
        yield
    except BROKEN as error:
        raise CorruptFile(
            f"Expected sound HDF5 data in {where}, but it is damaged or cut short; "
            "make the file again."
        ) from error


def _contiguous(dataset: Any, plan: Any, source: Source, where: str) -> Contiguous:
    # HDF5 has arrays without a shape, too: to us they are wrong by their rank, as numbers are.
    shape, dtype = dataset.shape or (), dataset.dtype
    offset, stored_bytes = dataset.id.get_offset(), dataset.id.get_storage_size()
    fill = _fill(plan, dtype, where, needed=offset is None)
    return Contiguous(source, shape, dtype, fill, offset, stored_bytes)


def _chunked(dataset: Any, plan: Any, source: Source, where: str) -> Chunked:
    shape, dtype, chunk = dataset.shape, dataset.dtype, plan.get_chunk()
    filters = [plan.get_filter(number) for number in range(plan.get_nfilters())]
    steps = [Step(code, parameters) for code, _, parameters, _ in filters]
    guard.check_filters([step.code for step in steps], where)
    # Python's integers: a product of NumPy's could wrap around and pass.
    chunk_bytes = prod(chunk) * dtype.itemsize
    grid = tuple(-(-length // side) for length, side in zip(shape, chunk, strict=True))
    guard.check_chunks(prod(grid), chunk_bytes, where)
    guard.check_growth(dataset.maxshape, chunk, where)
    index = indexed(dataset.id, grid, chunk, chunk_bytes, source)
    fill = _fill(plan, dtype, where, needed=not index["size"].all())
    return Chunked(source, shape, dtype, fill, chunk, steps, index)


def _fill(plan: Any, dtype: np.dtype[Any], where: str, needed: bool) -> NDArray[Any]:
    """What stands for elements that were never written."""
    value = np.zeros((), dtype)
    if not needed or plan.fill_value_defined() != library().h5d.FILL_VALUE_USER_DEFINED:
        return value
    if dtype.kind == "S":  # h5py cannot set a text, so what follows would prove nothing
        raise UnsupportedFile(
            f"Expected every text in {where} to be written, got a fill value in place of some; "
            "write them all."
        )
    plan.get_fill_value(value)
    # libhdf5 copies as many bytes as the type has, also of a value that is shorter in the file:
    # then the rest is memory. Two plans are equal only if their values are of one length.
    proof = plan.copy()
    proof.set_fill_value(value)
    if not proof.equal(plan):
        raise ValueError(f"Expected a fill value of {dtype.itemsize} bytes, got another length.")
    return value
