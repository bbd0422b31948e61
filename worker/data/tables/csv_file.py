"""CSV: texts in lines, between commas, semicolons, tabs or bars."""

import csv
import io
import re
from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from itertools import islice
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from pyarrow import csv as arrow_csv

from worker.data.magic import AS_UTF8, SEPARATORS
from worker.data.tables.column_kinds import are_numbers
from worker.data.tables.source import (
    Batches,
    NoNumbers,
    Source,
    check_columns,
    cut,
    faults_named,
)
from worker.errors import CorruptFile, LimitExceeded

BLOCK_BYTES = 2**22  # read at a time; a row must fit into one
HEAD_BYTES, HEAD_LINES = 2**20, 20  # by which the separator is found
# What stands in the place of a value that is not known. Each but the empty text has a character
# from LETTERS on.
MISSING = pa.array(
    ["", "NA", "N/A", "n/a", "#N/A", "<NA>", "NaN", "nan", "NULL", "null", "None", "?"]
)
BLANK, LETTERS = 32, 60  # bytes between these are digits and signs
RAGGED = re.compile(r"Row #(\d+): Expected (\d+) columns, got (\d+)")
NO_NUMBER = re.compile(r"column #(\d+): CSV conversion error")


class Head(NamedTuple):
    """What the first rows tell.

    Attributes:
        numbers: the places of columns that have nothing else in these rows.
    """

    separator: str
    names: list[str]
    numbers: frozenset[int]


def opened(path: Path, where: str, max_columns: int) -> Source:
    """Returns the file: texts without blanks around them, or numbers.

    Raises:
        CorruptFile: it does not begin with the names of two columns or more.
        LimitExceeded: it has too many.
    """
    head = head_of(path, where)
    check_columns(head.names, where, max_columns)
    return Source(where, head.names, True, partial(_read, path, where, head), head.numbers)


def head_of(path: Path, where: str) -> Head:
    """Returns the separator, and the names in the first row."""
    with path.open("rb") as file:
        begin = file.read(HEAD_BYTES)
    try:
        text = begin.decode("utf-8-sig", errors="strict" if len(begin) < HEAD_BYTES else "ignore")
    except UnicodeDecodeError as error:
        raise no_utf8(where) from error
    lines = io.StringIO(text, newline="").readlines()  # other marks that end lines are in cells
    cut = len(begin) == HEAD_BYTES or len(lines) > HEAD_LINES
    found = {mark: rows for mark in SEPARATORS if (rows := _rows(lines[:HEAD_LINES], mark, cut))}
    widths = {mark: {*map(len, rows)} for mark, rows in found.items()}
    even = [mark for mark in found if len(widths[mark]) == 1 and widths[mark] != {1}]
    separator = max(even or found, key=lambda mark: len(found[mark][0]), default=",")
    first, *rows = found.get(separator, [[]])
    names = [name.strip() for name in first]
    if len(names) < 2:
        raise CorruptFile(
            f"Expected names of at least two columns in the first row of {where}, with commas, "
            "semicolons, tabs or bars between them, got none of these; add a row of names."
        )
    columns = islice(zip(*rows, strict=False), len(names))  # a row may be too short, or too long
    return Head(separator, names, frozenset(n for n, own in enumerate(columns) if _numbers(own)))


def _rows(lines: Sequence[str], separator: str, cut: bool) -> list[list[str]]:
    """The rows that are not empty, without the last one where that may be cut; none where they
    cannot be read so."""
    try:
        rows = [row for row in csv.reader(lines, delimiter=separator) if row]
    except csv.Error:
        return []
    return rows[:-1] if cut and len(rows) > 1 else rows


def _numbers(texts: Sequence[str]) -> bool:
    """Whether they are numbers with a point before fractions; some may be missing."""
    cells = pa.array([text.strip() for text in texts])
    known = cells.filter(pc.invert(pc.is_in(cells, MISSING)))
    return len(known) > 0 and are_numbers(known)


def no_utf8(where: str) -> CorruptFile:
    return CorruptFile(f"Expected text in UTF-8 in {where}, got other bytes; {AS_UTF8}.")


def _read(
    path: Path, where: str, head: Head, columns: Sequence[int], numbers: Collection[int]
) -> Batches:
    """With numbers by several threads, which cannot tell the rows of faults: these are found by
    reading everything as texts."""
    names = [str(place) for place in range(len(head.names))]  # those of the file may come twice
    types = {name: pa.float64() if int(name) in numbers else pa.string() for name in names}
    row = 1  # the row of names
    with _faults_named(where, head, numbers), path.open("rb") as file:
        reader = arrow_csv.open_csv(
            file,
            arrow_csv.ReadOptions(
                use_threads=len(numbers) > 0,
                block_size=BLOCK_BYTES,
                column_names=names,
                skip_rows_after_names=1,
            ),
            arrow_csv.ParseOptions(delimiter=head.separator, newlines_in_values=True),
            arrow_csv.ConvertOptions(
                column_types=types,
                include_columns=[names[place] for place in columns],
                null_values=MISSING.to_pylist(),
                strings_can_be_null=False,
            ),
        )
        for batch in reader:
            for some in cut(batch.columns):
                yield [_plain(cells, where, row, head.separator) for cells in some]
                row += len(some[0])


def _plain(cells: pa.Array, where: str, row: int, separator: str) -> pa.Array:
    """The texts without blanks around them, null where one is missing.

    Raises:
        CorruptFile: a cell has lines and separators, as what follows an open quote has.
    """
    if not pa.types.is_string(cells.type) or _are_digits(cells):
        return cells
    found = pc.ascii_trim_whitespace(cells)
    several = pc.match_substring(found, "\n")
    if pc.any(several).as_py():
        several = pc.and_(several, pc.match_substring(found, separator))
    if pc.any(several).as_py():
        place = row + pc.index(several, True).as_py() + 1
        raise CorruptFile(
            f"Expected each row of {where} in a line of its own, but a cell of row {place:,} has "
            "several lines with separators; close its quotes, or leave such a column out."
        )
    return pc.if_else(pc.is_in(found, MISSING), pa.scalar(None, pa.string()), found)


def _are_digits(cells: pa.Array) -> bool:
    """Whether all cells have nothing but digits and signs, so that none is missing or has blanks or
    lines. Most columns of numbers are so, and this is far quicker than to look for each."""
    _, places, letters = cells.buffers()
    at = np.frombuffer(places, np.int32)[cells.offset : cells.offset + len(cells) + 1]
    text = np.frombuffer(letters or b"", np.uint8)[at[0] : at[-1]]
    if not len(text) or not (np.diff(at) > 0).all():
        return False
    return bool(text.min() > BLANK and text.max() < LETTERS)


@contextmanager
def _faults_named(where: str, head: Head, numbers: Collection[int]) -> Iterator[None]:
    """
    Raises:
        NoNumbers: what was found among numbers may be sound, or else be told better, as texts.
    """
    try:
        with faults_named("CSV", where):
            yield
    except CorruptFile as error:
        told = str(error.__cause__)
        if numbers:
            found = NO_NUMBER.search(told)
            places = [int(found[1])] if found else numbers
            raise NoNumbers([head.names[place] for place in places]) from error
        if ragged := RAGGED.search(told):
            row, expected, came = map(int, ragged.groups())
            raise CorruptFile(
                f"Expected {expected:,} columns in each row of {where}, as in its first, got "
                f"{came:,} in row {row:,}; mend that row, and put texts with separators in quotes."
            ) from error
        if "straddles" in told:
            raise LimitExceeded(
                f"Expected rows of at most {BLOCK_BYTES:,} bytes in {where}, got a longer one; "
                "close its quotes, or shorten it."
            ) from error
        if "UTF8" in told:
            raise no_utf8(where) from error
        raise
