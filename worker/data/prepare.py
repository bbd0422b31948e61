"""Turns uploaded files into the arrays and the description that training reads."""

from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, replace
from functools import partial
from math import prod
from pathlib import Path
from typing import Any

import numpy as np
from typing_extensions import TypedDict

from worker.data import kinds, picture_folders
from worker.data.arrays import importer as arrays
from worker.data.checks import examine
from worker.data.contents import Contents, Importer
from worker.data.dataset import SPLITS
from worker.data.options import AS_THEY_ARE, ImportOptions
from worker.data.preprocessing import Kind, Preprocessing
from worker.data.progress import Tell, untold
from worker.data.reading import Reading
from worker.data.row_names import NameWriter
from worker.data.rows import RowWriter
from worker.data.tables import loading as tables
from worker.data.tables.preprocessing import TablePreprocessing
from worker.data.written_arrays import WrittenArrays
from worker.errors import CorruptFile
from worker.findings.finding import Finding
from worker.settings import Settings
from worker.system.files import check_space

# By the kinds of files that may come together.
IMPORTERS: dict[frozenset[str], Importer] = {
    frozenset(kinds.ARCHIVES): picture_folders.opened,
    frozenset(arrays.READERS): arrays.opened,
    frozenset(kinds.TABLES): tables.opened,
}
# What answers call a dataset, by the kind of its samples.
DATASET_KINDS: dict[Kind, str] = {"picture": "images", "table": "table"}
LABEL_BYTES = 8
CHECKED_BYTES = 2**20  # written between two looks at the room that is left
LEAST_ROWS = {"train": 2, "test": 1}


class SplitSummary(TypedDict):
    rows: int
    per_class: list[int]


@dataclass(frozen=True)
class Prepared:
    """What is known of a dataset once its arrays are written."""

    kind: str
    classes: list[str]
    shape: list[int]
    dtype: str
    splits: dict[str, SplitSummary]
    findings: list[Finding]
    preprocessing: dict[str, Any]
    decoded: bool = False  # from files of pictures, which can be read at another size too

    def as_dict(self) -> dict[str, Any]:
        """Returns it as plain JSON."""
        return {**vars(self), "findings": [finding.as_dict() for finding in self.findings]}


def prepare(
    files: Sequence[Path],
    target: Path,
    settings: Settings,
    seed: int = 1,
    options: ImportOptions = AS_THEY_ARE,
    tell: Tell = untold,
) -> Prepared:
    """Write {train,test}_{x,y}.npy into the target folder, and validation_{x,y}.npy if such rows
    were sent, with the names of the rows if they were files, and return what they hold.

    Nobody trusts the files: outside of tests, call `importer.import_files`. `tell` is called with
    how far it is.

    Raises:
        UnsupportedFile: they are neither arrays, tables nor archives of pictures.
        InvalidParameter: an option is of another kind of files.
        CorruptFile, LimitExceeded, UnsafeFile: as the importer of their kind says.
        StoreFull: the disk has no room for the arrays.
    """
    tell("reading", 0, None)
    of_kind = {path: kinds.kind_of(path) for path in files}
    with _importer(of_kind)(of_kind, options, settings, seed, tell) as contents:
        preprocessing = contents.preprocessing
        room = partial(check_space, target, reserve_bytes=settings.min_free_bytes)
        room(contents.reading.rows * (row_bytes(preprocessing) + LABEL_BYTES))
        splits = _write(contents, target, room, tell)
    made = described(target, splits, contents.classes, preprocessing, contents.reading, tell)
    return replace(made, decoded={*of_kind.values()} <= kinds.ARCHIVES)


def described(
    target: Path,
    splits: Sequence[str],
    classes: list[str],
    preprocessing: Preprocessing | TablePreprocessing,
    reading: Reading,
    tell: Tell,
) -> Prepared:
    """Returns what the arrays of these splits in the target folder hold."""
    per_class = {split: _per_class(target, split, len(classes)) for split in splits}
    about: dict[str, Sequence[Any]] = {
        "file size": reading.file_sizes,
        "file format": reading.file_formats,
    }
    table = preprocessing if isinstance(preprocessing, TablePreprocessing) else None
    return Prepared(
        kind=DATASET_KINDS[preprocessing.kind],
        classes=classes,
        shape=list(preprocessing.shape),
        dtype=preprocessing.dtype,
        splits={split: SplitSummary(rows=sum(n), per_class=n) for split, n in per_class.items()},
        findings=examine(reading, WrittenArrays(target, classes, per_class, about, table, tell)),
        preprocessing=preprocessing.as_dict(),
    )


def row_bytes(preprocessing: Preprocessing | TablePreprocessing) -> int:
    """Returns the bytes of a row as the dataset has it."""
    return prod(preprocessing.shape) * np.dtype(preprocessing.dtype).itemsize


def _importer(files: Mapping[Path, str]) -> Importer:
    """Of files, each with its kind."""
    found = {*files.values()}
    for together, importer in IMPORTERS.items():
        if found and found <= together:
            return importer
    raise kinds.unsupported([path.name for path in files], [*files.values()])


def _write(contents: Contents, target: Path, room: Callable[[int], None], tell: Tell) -> list[str]:
    """Returns the splits that were written."""
    shape, dtype = contents.preprocessing.shape, contents.preprocessing.dtype
    x: dict[str, RowWriter] = {}
    y: dict[str, RowWriter] = {}
    names: dict[str, NameWriter] = {}
    reading, written = contents.reading, 0
    tell("converting", written, reading.rows)
    with ExitStack() as stack:

        def begin(split: str) -> None:
            x[split] = stack.enter_context(RowWriter(target / f"{split}_x.npy", shape, dtype))
            y[split] = stack.enter_context(RowWriter(target / f"{split}_y.npy", (), "int64"))

        for split in LEAST_ROWS:
            begin(split)
        unchecked = 0
        for block in contents.blocks:
            unchecked += block.x.nbytes
            if unchecked > CHECKED_BYTES:
                room(unchecked)  # others write too
                unchecked = 0
            if block.split not in x:
                begin(block.split)
            x[block.split].append(block.x)
            y[block.split].append(block.y)
            if block.names:
                if block.split not in names:
                    names[block.split] = stack.enter_context(NameWriter(target, block.split))
                names[block.split].append(block.names)
            written += len(block.y)
            tell("converting", written + len(reading.unreadable), reading.rows)
        tell("converting", written + len(reading.unreadable), reading.rows)
    for split, least in LEAST_ROWS.items():
        if x[split].rows < least:
            raise CorruptFile(
                f"Expected at least {least} rows in the {split} split, got {x[split].rows}; "
                "send more."
            )
    return [split for split in SPLITS if split in x]


def _per_class(target: Path, split: str, classes: int) -> list[int]:
    labels = np.load(target / f"{split}_y.npy", allow_pickle=False)
    counts: list[int] = np.bincount(labels, minlength=classes).tolist()
    return counts
