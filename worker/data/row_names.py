"""How the rows of a dataset were called in its upload: two files beside the rows.

{split}_names.txt has the names, one behind the other; {split}_name_places.npy says where each
begins, and where the last ends. So one is found without those before it.
"""

from collections.abc import Iterable
from itertools import pairwise
from pathlib import Path
from typing import Self

import numpy as np

from worker.data.rows import RowWriter, read_rows

# Of a name; a longer one loses its beginning. No more than the numbers of the smallest picture, so
# that names never take more room than rows.
MAX_NAME_BYTES = 192
CUT = "…"


class NameWriter:
    """Appends names to the files of a split, which are whole once the `with` block has ended."""

    def __init__(self, folder: Path, split: str) -> None:
        self._names = names_of(folder, split).open("wb")
        self._places = RowWriter(places_of(folder, split), (), "int64")
        self._place = 0
        self._note()

    def append(self, names: Iterable[str]) -> None:
        for name in names:
            self._place += self._names.write(shortened(name))
            self._note()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exception: object) -> None:
        with self._names, self._places:
            pass  # which ends both

    def _note(self) -> None:
        self._places.append(np.array([self._place]))


def read_name(folder: Path, split: str, row: int) -> str | None:
    """Returns the name of a row; None where the rows of its split have none."""
    try:
        names = names_of(folder, split).open("rb")
    except FileNotFoundError:
        return None
    with names:
        start, end = read_rows(places_of(folder, split), row, 2).tolist()
        names.seek(start)
        return names.read(end - start).decode()


def read_names(folder: Path, split: str) -> list[str] | None:
    """Returns the names of all rows; None where the rows of this split have none."""
    try:
        names = names_of(folder, split).read_bytes()
    except FileNotFoundError:
        return None
    places = np.load(places_of(folder, split), allow_pickle=False).tolist()
    return [names[start:end].decode() for start, end in pairwise(places)]


def shortened(name: str) -> bytes:
    """Returns a name in UTF-8, or the end of one that is too long."""
    encoded = name.encode(errors="replace")  # that of a file in a tar may be no text
    if len(encoded) <= MAX_NAME_BYTES:
        return encoded
    kept = encoded[len(CUT.encode()) - MAX_NAME_BYTES :].decode(errors="ignore")
    return f"{CUT}{kept}".encode()


def names_of(folder: Path, split: str) -> Path:
    return folder / f"{split}_names.txt"


def places_of(folder: Path, split: str) -> Path:
    return folder / f"{split}_name_places.npy"
