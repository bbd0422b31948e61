"""Rows of files, as lines that the service is asked with."""

import csv
import io
import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

STDIN = Path("-")
LINES = {".ndjson", ".jsonl"}
CSV, ARRAY = ".csv", ".npy"
PIECE_BYTES = 2**20  # that are read, and asked about, at a time


def is_rows(path: Path) -> bool:
    """Whether a path stands for rows, and not for pictures."""
    return path.suffix.lower() in {*LINES, CSV, ARRAY}


def lines_of(path: Path, kinds: Mapping[str, str]) -> Iterator[bytes]:
    """Yields whole lines of JSON, as many together as there are by then.

    Args:
        kinds: of the columns that the model takes, for a file of CSV: `number` or `text`.

    Raises:
        OSError: the file cannot be read.
    """
    if path.suffix.lower() == CSV:
        with path.open(newline="", encoding="utf-8-sig") as file:
            yield from of_table(csv.DictReader(file), kinds)
    else:
        with path.open("rb") as file:
            yield from whole_lines(file)


def whole_lines(file: io.BufferedIOBase) -> Iterator[bytes]:
    """Yields the lines of a file, as many together as there are by then."""
    rest = b""
    while piece := file.read1(PIECE_BYTES):  # what is there by now, so that it flows
        head, end, rest = (rest + piece).rpartition(b"\n")
        if end:
            yield head + end
    if rest:
        yield rest + b"\n"


def of_table(rows: "csv.DictReader[str]", kinds: Mapping[str, str]) -> Iterator[bytes]:
    """Yields a line of JSON for each row, with the columns of these kinds alone."""
    piece = io.BytesIO()
    for row in rows:
        cells = {name: _cell(row[name], kind) for name, kind in kinds.items() if name in row}
        piece.write(json.dumps(cells).encode() + b"\n")
        if piece.tell() >= PIECE_BYTES:
            yield piece.getvalue()
            piece = io.BytesIO()
    if piece.tell():
        yield piece.getvalue()


def _cell(cell: str | None, kind: str) -> Any:
    """A cell as JSON has it; what is no number, of which the service says so, as it is."""
    if not cell:
        return None
    try:
        return float(cell) if kind == "number" else cell
    except ValueError:
        return cell
