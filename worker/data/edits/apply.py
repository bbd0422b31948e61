"""Edits carried out: from stored arrays to those of the next version."""

from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from functools import partial
from itertools import compress
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from worker.data.contents import check_classes, check_size
from worker.data.dataset import SPLITS
from worker.data.edits import steps
from worker.data.edits.parts import Part, Stored, rows_of
from worker.data.prepare import LABEL_BYTES, LEAST_ROWS, Prepared, described, row_bytes
from worker.data.preprocessing import Preprocessing
from worker.data.progress import Seen, Tell, counting, untold
from worker.data.reading import Reading
from worker.data.row_names import NameWriter, read_names
from worker.data.rows import RowWriter, read_blocks
from worker.data.tables.preprocessing import TablePreprocessing, preprocessing_of
from worker.errors import InvalidParameter
from worker.settings import Settings
from worker.spec.edits import EditsSpec
from worker.system.files import check_space


def apply(
    edits: EditsSpec,
    parent: Stored,
    added: Stored | None,
    target: Path,
    settings: Settings,
    tell: Tell = untold,
) -> Prepared:
    """Write the arrays of the next version into the target folder, as `prepare` does, and return
    what they hold. The order of the steps is documented, since another would lead elsewhere.

    Args:
        edits: as they were accepted; `cleaned` lists findings.
        added: the dataset that `add` names.
        tell: called with how far it is.

    Raises:
        InvalidParameter: too few rows are left.
        LimitExceeded: there are too many rows or classes now.
        StoreFull: the disk has no room for the arrays.
    """
    tell("reading", 0, None)
    classes, parts = decided(edits, parent, added)
    preprocessing = preprocessing_of(parent.preprocessing)
    rows = rows_of(parts)
    check_classes(classes, settings.max_classes)
    _check_rows(rows, preprocessing, target, settings)
    splits = [split for split in SPLITS if rows[split]]
    written = counting(tell, "converting", sum(rows.values()))
    for split in splits:
        kept = preprocessing.shape, preprocessing.dtype
        write_split(split, parts, target, kept, settings, written)
        _write_names(split, parts, target)
    return described(target, splits, classes, preprocessing, Reading(), tell)


def decided(edits: EditsSpec, parent: Stored, added: Stored | None) -> tuple[list[str], list[Part]]:
    """Returns the classes of the next version, and what becomes of each row."""
    parts = parent.parts()
    if isinstance(edits.cleaned, list):
        steps.clean(parts, parent, edits.cleaned, edits)
    steps.change_rows(parts, parent.classes, edits)
    classes = steps.change_classes(parts, parent.classes, edits.new_names)
    if added is not None:
        classes, parts = _with(added, classes, parts)
    if edits.resplit is not None:
        steps.resplit(parts, edits.resplit)
    return classes, parts


def _with(added: Stored, classes: list[str], parts: Sequence[Part]) -> tuple[list[str], list[Part]]:
    """The classes and the rows of both; classes that only the added dataset has come last."""
    names = list(dict.fromkeys([*classes, *added.classes]))
    others = added.parts()
    steps.number_them(others, added.classes, names)
    return names, [*parts, *others]


def _check_rows(
    rows: dict[str, int],
    preprocessing: Preprocessing | TablePreprocessing,
    target: Path,
    settings: Settings,
) -> None:
    check_size(rows, preprocessing.shape, settings, preprocessing.dtype)
    for split, least in LEAST_ROWS.items():
        if rows[split] < least:
            raise InvalidParameter(
                f"Expected edits that leave at least {least} rows in the {split} split, but they "
                f"leave {rows[split]}; drop fewer, or divide the rows anew by resplit."
            )
    room = sum(rows.values()) * (row_bytes(preprocessing) + LABEL_BYTES)
    check_space(target, room, settings.min_free_bytes)


def write_split(
    split: str,
    parts: Sequence[Part],
    target: Path,
    kept: tuple[tuple[int, ...], str],
    settings: Settings,
    written: Seen,
) -> None:
    """Write one split: rows that were in it first, then those that came from others.

    Args:
        kept: the shape and the dtype of a row.
        written: called with how many rows were written.
    """
    room = partial(check_space, target, reserve_bytes=settings.min_free_bytes)
    with ExitStack() as stack:
        x = stack.enter_context(RowWriter(target / f"{split}_x.npy", *kept))
        y = stack.enter_context(RowWriter(target / f"{split}_y.npy", (), "int64"))
        for part, wanted in _rows_for(split, parts):
            y.append(part.labels[wanted])
            begin = 0
            for block in read_blocks(part.x) if wanted.any() else ():
                rows = block[wanted[begin : begin + len(block)]]
                room(rows.nbytes)  # others write too
                x.append(rows)
                written(len(rows))
                begin += len(block)


def _write_names(split: str, parts: Sequence[Part], target: Path) -> None:
    """Write how the rows of a split were called, if that is known of each."""
    found: list[str] = []
    for part, wanted in _rows_for(split, parts):
        names = read_names(part.x.parent, part.split)
        if names is None and wanted.any():
            return
        found += compress(names or (), wanted.tolist())
    with NameWriter(target, split) as writer:
        writer.append(found)


def _rows_for(split: str, parts: Sequence[Part]) -> Iterator[tuple[Part, NDArray[np.bool_]]]:
    """The rows of each part that come into a split, (rows,): first those that were in it."""
    for part in sorted(parts, key=lambda part: part.split != split):
        yield part, part.to == SPLITS.index(split)
