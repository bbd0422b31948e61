"""JSON Lines: an object in each line, with a value for each column."""

import json
from collections.abc import Collection, Iterator, Sequence
from functools import partial
from pathlib import Path
from typing import Any

import pyarrow as pa

from worker.data.packed import quoted
from worker.data.tables.source import CELLS, Batches, Source, check_columns
from worker.errors import CorruptFile, LimitExceeded, UnsupportedFile

LINE_BYTES = 2**22
BATCH_CELLS = CELLS // 4  # which are objects of Python for a moment
BOM = b"\xef\xbb\xbf"

Row = dict[str, Any]


def opened(path: Path, where: str, max_columns: int) -> Source:
    """Returns the file. Its columns are the names in any of its lines; where a line lacks one, the
    cell is missing.

    Raises:
        CorruptFile, LimitExceeded: its lines are no objects, or too long, or of too many columns.
    """
    names: dict[str, None] = {}
    for row in _rows(path, where):
        names.update(dict.fromkeys(row))
        if len(names) > max_columns:
            break
    check_columns([*names], where, max_columns)
    return Source(where, [*names], False, partial(_read, path, where, [*names]))


def _rows(path: Path, where: str) -> Iterator[Row]:
    with path.open("rb") as file:
        number = 0
        while line := file.readline(LINE_BYTES + 1):
            number += 1
            if len(line) > LINE_BYTES:
                raise LimitExceeded(
                    f"Expected lines of at most {LINE_BYTES:,} bytes in {where}, got a longer line "
                    f"{number:,}; write one object in each line."
                )
            line = line.removeprefix(BOM) if number == 1 else line
            if line.strip():
                yield _row(line, where, number)


def _row(line: bytes, where: str, number: int) -> Row:
    try:
        row = json.loads(line, object_pairs_hook=_once)
    except (ValueError, RecursionError) as error:
        raise CorruptFile(
            f"Expected an object of JSON in each line of {where}, each name in it once, got "
            f"something else in line {number:,}; write it again, one object in each line."
        ) from error
    if not isinstance(row, dict):
        raise CorruptFile(
            f"Expected an object in each line of {where}, got {type(row).__name__} in line "
            f"{number:,}; write the names of the columns into each line."
        )
    return row


def _once(pairs: list[tuple[str, Any]]) -> Row:
    found = dict(pairs)
    if len(found) < len(pairs):
        raise ValueError("a name comes twice")
    return found


def _read(
    path: Path, where: str, names: Sequence[str], columns: Sequence[int], _: Collection[int]
) -> Batches:
    wanted, step = [names[place] for place in columns], max(1, BATCH_CELLS // len(columns))
    batch: list[Row] = []
    first = 1
    for row in _rows(path, where):
        batch.append(row)
        if len(batch) == step:
            yield [_column(batch, name, where, first) for name in wanted]
            first += len(batch)
            batch.clear()
    if batch:
        yield [_column(batch, name, where, first) for name in wanted]


def _column(rows: Sequence[Row], name: str, where: str, first: int) -> pa.Array:
    cells = [row.get(name) for row in rows]
    kinds = {type(cell) for cell in cells} - {type(None)}
    if kinds <= {str}:
        return _texts(cells, name, where, first) if kinds else pa.array(cells, pa.float64())
    if kinds <= {int, float, bool}:
        return pa.array([_number(cell) for cell in cells], pa.float64(), from_pandas=True)
    nested = kinds & {list, dict}
    strange = nested or {str}
    place = next(n for n, cell in enumerate(cells) if type(cell) in strange)
    told = f"the column {quoted(name)} of {where}, got {str(cells[place])[:40]!r} in row"
    if nested:
        raise UnsupportedFile(
            f"Expected numbers or texts in {told} {first + place:,}; give each number a column of "
            "its own, or leave the column out (leave_out)."
        )
    raise CorruptFile(
        f"Expected numbers, or texts, in {told} {first + place:,}; make them all one or the other."
    )


def _texts(cells: list[str | None], name: str, where: str, first: int) -> pa.Array:
    try:
        return pa.array(cells, pa.string())
    except UnicodeEncodeError as error:  # JSON can name the halves of a letter
        place = first + cells.index(error.object)
        raise CorruptFile(
            f"Expected whole letters in the column {quoted(name)} of {where}, got half of one, "
            f"{error.object[error.start]!r}, in row {place:,}; write it again."
        ) from error


def _number(cell: float | None) -> float | None:
    try:
        return None if cell is None else float(cell)
    except OverflowError:  # a whole number with hundreds of digits
        return float("inf")
