"""Rows of a table without labels: columns by their names, whatever else a file has."""

import difflib
import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pyarrow as pa

from worker.data.packed import quoted, sent_as
from worker.data.progress import Seen, Tell, counting
from worker.data.tables.cells import cells_of
from worker.data.tables.column_kinds import NUMBER, Kind
from worker.data.tables.column_kinds import Seen as SeenColumn
from worker.data.tables.columns import (
    LARGEST,
    MISSING,
    UNKNOWN,
    Cells,
    Column,
    NumberColumn,
    TextColumn,
)
from worker.data.tables.importer import BLOCK_NUMBERS, KEPT, READERS, keep_arrow_small
from worker.data.tables.json_rows import cell_of
from worker.data.tables.kept import keeping
from worker.data.tables.preprocessing import TablePreprocessing
from worker.data.tables.source import NoNumbers, Source
from worker.data.tables.survey import MISTAKEN, check_rows
from worker.data.tables.table import check_names
from worker.data.unlabelled.rows import UPLOAD, Block, Rows
from worker.errors import CorruptFile, InvalidParameter
from worker.settings import Settings

Faults = dict[int, InvalidParameter]


class Part(NamedTuple):
    """A file, and how its columns are read.

    Attributes:
        numbers: the places of columns that are read as numbers, in a file of texts.
        commas: whether the numbers in its texts have commas before fractions.
        rows: how many it has.
    """

    source: Source
    numbers: frozenset[int]
    commas: bool
    rows: int


@contextmanager
def opened(
    files: Mapping[Path, str], how: TablePreprocessing, settings: Settings, tell: Tell
) -> Iterator[Rows]:
    """Yields the rows of each file, one file behind the other. A row with a value that the model
    does not take has a fault.

    Args:
        files: each with its kind, one of READERS.
        how: a row becomes numbers.

    Raises:
        CorruptFile, LimitExceeded, UnsupportedFile: a file is damaged, or lacks a column.
    """
    keep_arrow_small()
    kept, seen = settings.import_memory_bytes // KEPT // len(files), counting(tell, "reading")
    parts: list[Part] = []
    for path, kind in files.items():
        read = READERS[kind](path, path.name, settings.max_columns)
        check_names(read)
        rows = sum(part.rows for part in parts)
        parts.append(looked_at(keeping(read, kept), how, rows, settings, seen))
    total = sum(part.rows for part in parts)
    yield Rows(total, how.shape, how.dtype, _blocks(parts, how))


def places_of(source: Source, columns: Sequence[Column]) -> list[int]:
    """Returns where these columns are in a file.

    Raises:
        CorruptFile: one is not there.
    """
    for column in columns:
        if column.name not in source.names:
            near = difflib.get_close_matches(column.name, source.names, 1)
            hint = f"; did you mean it by {quoted(near[0])}?" if near else "."
            raise CorruptFile(
                f"Expected the column {quoted(column.name)} in {source.where}, on which the model "
                f"was trained, got none{hint} Leave its cells empty where it is not known."
            )
    return [source.names.index(column.name) for column in columns]


def looked_at(
    source: Source, how: TablePreprocessing, before: int, settings: Settings, seen: Seen
) -> Part:
    """Returns how a file is read: it is gone through once, and anew where columns that seemed to be
    numbers have other cells too.

    Args:
        before: rows in the files before it.
        seen: counts the rows.
    """
    of_numbers = {column.name for column in how.columns if isinstance(column, NumberColumn)}
    numbers = frozenset(n for n in source.numbers if source.names[n] in of_numbers)
    for _ in range(MISTAKEN):
        try:
            return _looked_at(source, how, numbers, before, settings, seen)
        except NoNumbers as found:
            numbers = frozenset(n for n in numbers if source.names[n] not in found.names)
    return _looked_at(source, how, frozenset(), before, settings, seen)


def _looked_at(
    source: Source,
    how: TablePreprocessing,
    numbers: frozenset[int],
    before: int,
    settings: Settings,
    seen: Seen,
) -> Part:
    columns = [SeenColumn(column.name, 0) for column in how.columns]
    rows = 0
    for batch in source.read(places_of(source, how.columns), numbers):
        rows += len(batch[0])
        check_rows(before + rows, UPLOAD, settings)
        for looked, column, cells in zip(columns, how.columns, batch, strict=True):
            if isinstance(column, NumberColumn):
                looked.look(cells, 1, source.of_texts)
        seen(len(batch[0]))
    commas = any(looked.commas and looked.decimal == "," for looked in columns)
    return Part(source, numbers, commas, rows)


def _blocks(parts: Sequence[Part], how: TablePreprocessing) -> Iterator[Block]:
    step = max(1, BLOCK_NUMBERS // how.shape[0])
    for part in parts:
        name = sent_as(part.source.where)
        for batch in part.source.read(places_of(part.source, how.columns), part.numbers):
            for start in range(0, len(batch[0]), step):
                yield _block([own.slice(start, step) for own in batch], how, part.commas, name)


def _block(batch: Sequence[pa.Array], how: TablePreprocessing, commas: bool, name: str) -> Block:
    """Some rows, with the first fault of each."""
    faults: Faults = {}
    cells = [
        _cells(own, column, commas, faults) for own, column in zip(batch, how.columns, strict=True)
    ]
    x = how.encoded(cells)
    x[[*faults]] = 0
    return Block(x, [name] * len(x), dict(sorted(faults.items())))


def _cells(cells: pa.Array, column: Column, commas: bool, faults: Faults) -> Cells:
    """The cells of a column as it wants them, as if those that are refused were missing."""
    if isinstance(column, TextColumn):
        found, wrong = _places(cells, column)
    else:
        found, wrong = _numbers(cells, commas)
    for row in np.flatnonzero(wrong).tolist():
        value = cells[row].as_py()
        value = value if isinstance(column, TextColumn) else _number(value, commas)
        try:
            found[row] = cell_of(column, value, "")
        except InvalidParameter as fault:
            faults.setdefault(row, fault)
    return found


def _numbers(cells: pa.Array, commas: bool) -> tuple[Cells, Cells]:
    """Numbers, and which of the cells have to be looked at one by one."""
    try:
        found = cells_of(cells, Kind(None, "," if commas else "."))
    except pa.ArrowInvalid:  # some are none
        return np.full(len(cells), np.nan), np.ones(len(cells), np.bool_)
    wrong = np.abs(found) > LARGEST
    return np.where(wrong, np.nan, found), wrong


def _places(cells: pa.Array, column: TextColumn) -> tuple[Cells, Cells]:
    """Places of texts among the categories, and which of the cells have other things."""
    if not pa.types.is_string(cells.type):
        return np.full(len(cells), MISSING), cells.is_valid().to_numpy(zero_copy_only=False)
    found = cells_of(cells, Kind([*column.categories]))
    wrong = found == UNKNOWN
    return np.where(wrong, MISSING, found), wrong


def _number(value: Any, commas: bool) -> Any:
    """The number that a text says; anything else as it is."""
    if not isinstance(value, str):
        return value
    plain = value.replace(",", ".") if commas else value
    return float(plain) if re.match(NUMBER, plain) else value
