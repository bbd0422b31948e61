"""Lists of labels beside pictures: `labels.csv`, `_classes.csv` with a column for each class,
`train.txt` with a file and a label in each line."""

import csv
import io
import re
from collections.abc import Iterable, Mapping, Sequence
from pathlib import PurePosixPath

LABEL_COLUMNS = ("label", "class", "class_name", "classname", "category", "target", "y", "breed")
ONE, ZERO = ("1", "1.0"), ("0", "0.0")
SUFFIXES = {".csv", ".tsv", ".txt"}

Row = Sequence[str]


def labels_of(text: str, files: Mapping[str, int]) -> dict[int, str]:
    """Returns the labels in a list by the places of files; none where it is no such list.

    Args:
        files: as `below` returns them.
    """
    rows = [row for row in _rows(text) if any(row)]
    column = _column_of_files(rows, files)
    if column is None:
        return {}
    # A first row may be shorter, such as the number of those that follow.
    named = len(rows[0]) > column and key_of(rows[0][column], files)
    head = None if named else rows[0]
    label = _label(head, rows[1:] if head else rows, column)
    if label is None:
        return {}
    return {
        files[key]: name
        for row in rows
        if len(row) > column and (key := key_of(row[column], files)) and (name := label(row))
    }


def below(folder: Sequence[str], paths: Sequence[Sequence[str]]) -> dict[str, int]:
    """Returns the places of pictures among their paths by what a list in this folder may call
    them: those below the folder, or all, if there are none below it. What may be said of two is
    left out."""
    depth = len(folder)
    own = [n for n, path in enumerate(paths) if tuple(path[:depth]) == tuple(folder)]
    found: dict[str, int] = {}
    twice = set()
    for n in own or range(len(paths)):
        for key in keys(paths[n][depth:] if own else paths[n]):
            if found.setdefault(key, n) != n:
                twice.add(key)
    return {key: n for key, n in found.items() if key not in twice}


def keys(path: Sequence[str]) -> list[str]:
    """Returns what a list may call a picture: its whole path, or less and less of it; with or
    without its suffix."""
    ends = ["/".join(path[at:]) for at in range(len(path))]
    return [*ends, *(end[: -len(suffix)] for end in ends if (suffix := PurePosixPath(end).suffix))]


def key_of(cell: str, files: Mapping[str, int]) -> str | None:
    """Returns the key that a cell is, whatever folders stand before it; None where it is none."""
    parts = [part for part in cell.strip().replace("\\", "/").split("/") if part not in ("", ".")]
    ends = ("/".join(parts[at:]) for at in range(len(parts)))
    return next((end for end in ends if end in files), None)


def _rows(text: str) -> Iterable[Row]:
    first = text.partition("\n")[0]
    separator = max(",;\t", key=first.count)
    if first.count(separator):
        try:
            yield from ([cell.strip() for cell in row] for row in _csv(text, separator))
        except csv.Error:
            return
    else:
        yield from (re.split(r"\s+", line.strip()) for line in io.StringIO(text))


def _csv(text: str, separator: str) -> Iterable[Row]:
    return csv.reader(io.StringIO(text), delimiter=separator)


def _column_of_files(rows: Sequence[Row], files: Mapping[str, int]) -> int | None:
    """The column that names files in most of the first rows."""
    some = rows[:50]
    width = max(map(len, some), default=0)
    counts = [
        sum(len(row) > at and key_of(row[at], files) is not None for row in some)
        for at in range(width)
    ]
    best = max(range(width), key=counts.__getitem__, default=None)
    return best if best is not None and counts[best] >= max(1, (len(some) - 1) / 2) else None


class _Named:
    """The label is in a column."""

    def __init__(self, at: int) -> None:
        self._at = at

    def __call__(self, row: Row) -> str | None:
        return row[self._at] if len(row) > self._at else None


class _OneHot:
    """Each class has a column, and that of the label has a 1."""

    def __init__(self, head: Row, columns: Sequence[int]) -> None:
        self._names = {at: head[at] for at in columns}

    def __call__(self, row: Row) -> str | None:
        ones = [at for at in self._names if len(row) > at and row[at] in ONE]
        return self._names[ones[0]] if len(ones) == 1 else None


def _label(head: Row | None, rows: Sequence[Row], files: int) -> _Named | _OneHot | None:
    """What tells the label of a row, beside its column of files."""
    width = max(map(len, rows), default=0)
    others = [at for at in range(width) if at != files]
    if head:
        for at in others:
            if len(head) > at and head[at].strip().casefold() in LABEL_COLUMNS:
                return _Named(at)
        if len(others) > 1 and len(head) == width and all(_is_flag(rows, at) for at in others):
            return _OneHot(head, others)
    return _Named(others[0]) if len(others) == 1 else None


def _is_flag(rows: Sequence[Row], at: int) -> bool:
    return all(len(row) > at and row[at] in {*ONE, *ZERO} for row in rows)
