"""Rows that a model is asked about, as they are kept: a folder like a dataset's, of one split.

upload_x.npy                               samples, zeros where one cannot be asked about
upload_y.npy                               zeros: nobody knows a class
upload_names.txt upload_name_places.npy    of each row the name of its file
upload_problems.npy                        which rows cannot be asked about, and why
"""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack
from functools import partial
from math import prod
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from worker.data import contents
from worker.data.dataset import Split
from worker.data.progress import Tell, counting
from worker.data.row_names import NameWriter
from worker.data.rows import RowWriter
from worker.errors import CorruptFile, WorkerError
from worker.jsontypes import Json
from worker.settings import Settings
from worker.system.files import check_space

UPLOAD = "upload"  # what stands in the place of a split
LABEL_BYTES = 8
CHECKED_BYTES = 2**20  # written between two looks at the room that is left
CODE_BYTES, DETAIL_BYTES = 64, 512
PROBLEM = np.dtype([("row", "<i8"), ("code", f"S{CODE_BYTES}"), ("detail", f"S{DETAIL_BYTES}")])


class Block(NamedTuple):
    """Some rows.

    Attributes:
        x: samples, (rows, *shape), zeros where there is a fault.
        names: of the file of each.
        faults: why rows cannot be asked about, by their places among these.
    """

    x: NDArray[Any]
    names: Sequence[str]
    faults: Mapping[int, WorkerError] = {}


class Rows(NamedTuple):
    """All rows of an upload.

    Attributes:
        total: how many there are.
        shape, dtype: of a sample.
        blocks: all of them, in their order.
    """

    total: int
    shape: tuple[int, ...]
    dtype: str
    blocks: Iterator[Block]


def write(rows: Rows, target: Path, settings: Settings, tell: Tell) -> int:
    """Write rows into a folder, and return how many there are. `tell` is called with how far that
    is.

    Raises:
        LimitExceeded: they are too many, or too large.
        CorruptFile: there are none, or nothing can be asked about any.
        StoreFull: the disk has no room for them.
    """
    contents.check_size({UPLOAD: rows.total}, rows.shape, settings, rows.dtype)
    row_bytes = prod(rows.shape) * np.dtype(rows.dtype).itemsize + LABEL_BYTES
    room = partial(check_space, target, reserve_bytes=settings.min_free_bytes)
    room(rows.total * row_bytes)
    seen, unchecked, usable = counting(tell, "converting", rows.total), 0, 0
    first: WorkerError | None = None
    with ExitStack() as stack:
        writer = RowsWriter(target, rows, stack)
        for block in rows.blocks:
            unchecked += len(block.x) * row_bytes + len(block.faults) * PROBLEM.itemsize
            if unchecked > CHECKED_BYTES:
                room(unchecked)  # others write too
                unchecked = 0
            writer.append(block)
            usable += len(block.x) - len(block.faults)
            first = first or next(iter(block.faults.values()), None)
            seen(len(block.x))
    if not usable:
        told = f"but of {rows.total:,} there is none: {first}" if first else "got none; send some."
        raise CorruptFile(f"Expected rows or pictures that the model can be asked about, {told}")
    return writer.rows


class RowsWriter:
    """Appends rows to the files of a folder, which are whole once the stack has been left."""

    def __init__(self, folder: Path, rows: Rows, stack: ExitStack) -> None:
        def begun(part: str, shape: tuple[int, ...], dtype: Any) -> RowWriter:
            path = folder / f"{UPLOAD}_{part}.npy"
            return stack.enter_context(RowWriter(path, shape, dtype))

        self._x, self._y = begun("x", rows.shape, rows.dtype), begun("y", (), "int64")
        self._problems = begun("problems", (), PROBLEM)
        self._names = stack.enter_context(NameWriter(folder, UPLOAD))

    @property
    def rows(self) -> int:
        """How many were written so far."""
        return self._x.rows

    def append(self, block: Block) -> None:
        faults = [told(self.rows + place, fault) for place, fault in block.faults.items()]
        self._x.append(block.x)
        self._y.append(np.zeros(len(block.x), np.int64))
        self._names.append(block.names)
        self._problems.append(np.array(faults, PROBLEM))


def told(row: int, fault: WorkerError) -> tuple[int, bytes, bytes]:
    """Returns a problem as it is kept; of a longer detail its beginning."""
    detail = str(fault).encode(errors="replace")[:DETAIL_BYTES].decode(errors="ignore")
    return row, fault.code.encode(), detail.encode()


def mapped(folder: Path) -> Split:
    """Returns the samples of a folder that was written above, or of their features, memory-mapped,
    as a split of which nobody knows the classes."""
    x = np.load(folder / f"{UPLOAD}_x.npy", mmap_mode="r", allow_pickle=False)
    return Split.whole(x, np.zeros(len(x), np.int64))


class Problems:
    """Why rows cannot be asked about, in their order: those of a folder that was written above."""

    def __init__(self, folder: Path) -> None:
        self._known = np.load(folder / f"{UPLOAD}_problems.npy", mmap_mode="r", allow_pickle=False)

    def of(self, start: int, stop: int) -> dict[int, Json]:
        """Returns the problem of each row from `start` to `stop` that has one."""
        first, last = np.searchsorted(self._known["row"], [start, stop])
        return {
            int(row): {"code": code.decode(), "detail": detail.decode()}
            for row, code, detail in self._known[first:last].tolist()
        }
