"""Rows of files and of standard input, as lines that the service is asked with."""

import csv
import io
import json
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, cast

STDIN = Path("-")
LINES = {".ndjson", ".jsonl"}
CSV, ARRAY = ".csv", ".npy"
PIECE_BYTES = 2**20  # that are read, and asked about, at a time


def is_rows(path: Path) -> bool:
    """Whether a path stands for rows, and not for pictures."""
    return path == STDIN or path.suffix.lower() in {*LINES, CSV, ARRAY}


def lines_of(path: Path, kinds: Mapping[str, str]) -> Iterator[bytes]:
    """Yields whole lines of JSON, as many together as there are by then.

    Args:
        kinds: of the columns that the model takes, for a file of CSV: `number` or `text`.

    Raises:
        OSError: the file cannot be read.
    """
    if path == STDIN:
        yield from _whole(cast(io.BufferedReader, sys.stdin.buffer))
    elif path.suffix.lower() == CSV:
        with path.open(newline="", encoding="utf-8-sig") as file:
            yield from _of_table(csv.DictReader(file), kinds)
    else:
        with path.open("rb") as file:
            yield from _whole(file)


def _whole(file: io.BufferedReader) -> Iterator[bytes]:
    rest = b""
    while piece := file.read1(PIECE_BYTES):  # what is there by now, so that it flows
        head, end, rest = (rest + piece).rpartition(b"\n")
        if end:
            yield head + end
    if rest:
        yield rest + b"\n"


def _of_table(rows: "csv.DictReader[str]", kinds: Mapping[str, str]) -> Iterator[bytes]:
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
