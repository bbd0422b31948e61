"""Sweeps and schedules: what was asked for, and which jobs are made of it.

{sweeps, schedules}/{id}/ request.json book.json .lock

The book is written before anything is done by it, and only by who holds the lock.
"""

import json
import re
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from worker.jsontypes import Json
from worker.system.files import (
    full_disk_named,
    made_aside,
    make_folder,
    read_json,
    remove,
    remove_leftovers,
    renamed,
    sync_folder,
    write_atomically,
)
from worker.system.locks import locked


class BookStore:
    """A folder for each request of one kind, with the book of what became of it."""

    def __init__(self, root: Path, kind: str) -> None:
        self._root, self._is_id = root, re.compile(f"{kind}_[0-9a-f]{{32}}").fullmatch

    def keep_request(self, book_id: str, body: Json) -> None:
        """Keep what was asked for. When this returns, it survives a power cut.

        Raises:
            StoreFull: the disk is full; then nothing is kept.
        """
        folder = self._root / book_id
        make_folder(self._root)
        with made_aside(folder) as part, full_disk_named():
            write_atomically(part / "request.json", json.dumps(body).encode())
            renamed(part, folder)  # a twin with the same key may have been first
            sync_folder(self._root)

    def request(self, book_id: str) -> Json | None:
        """Returns what was asked for; None where there is nothing of this id."""
        if not self._is_id(book_id):  # it may come from a URL
            return None
        return read_json(self._root / book_id / "request.json")

    def ids(self) -> list[str]:
        """Returns the ids of all of them, the newest first."""
        with suppress(FileNotFoundError):
            names = (path.name for path in self._root.iterdir())
            return sorted(filter(self._is_id, names), reverse=True)
        return []

    @contextmanager
    def locked(self, book_id: str) -> Iterator[None]:
        """Within this block nobody else changes the book.

        Raises:
            FileNotFoundError: there is nothing of this id.
        """
        with locked(self._root / book_id / ".lock"):
            yield

    def book(self, book_id: str) -> Json:
        """Returns what is written down; empty before anything is."""
        return read_json(self._root / book_id / "book.json") or {}

    def keep_book(self, book_id: str, book: Json) -> None:
        """Write down what was decided. When this returns, it survives a power cut.

        Raises:
            StoreFull: the disk is full.
        """
        write_atomically(self._root / book_id / "book.json", json.dumps(book).encode())

    def drop(self, book_id: str) -> None:
        """Remove a request and its book; gone already is gone."""
        remove(self._root / book_id)

    def drop_leftovers(self, age_s: float) -> None:
        """Remove what a process was writing when it died, once it is this old."""
        for pattern in (".*.part", "*/*.part"):
            remove_leftovers(self._root.glob(pattern), age_s)
