"""What was changed and who was refused, as lines of JSON that are only ever added.

audit/ changes.{number}.ndjson refusals.{number}.ndjson .lock

Each kind has files of its own: who is refused may be anybody, and must not be able to push out what
was changed.
"""

import json
import os
import re
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple

from worker.errors import InvalidParameter
from worker.jsontypes import Json
from worker.system.files import full_disk_named, make_folder
from worker.system.locks import locked

CHANGES, REFUSALS = "changes", "refusals"
KINDS = (CHANGES, REFUSALS)
PARTS = 8  # files of a kind; with the ninth the first one goes


class Entry(NamedTuple):
    """A line of the log, and where it is."""

    id: str
    said: Json


class AuditLog:
    """One log for all processes that share its folder.

    Args:
        most_bytes: that the files of a kind take together.
    """

    def __init__(self, root: Path, most_bytes: int) -> None:
        self._root, self._part_bytes = root, most_bytes // PARTS

    def add(self, kind: str, said: Json) -> None:
        """Add a line. When this returns, it survives a power cut.

        Raises:
            StoreFull: the disk is full.
        """
        line = json.dumps(said).encode() + b"\n"
        make_folder(self._root)
        with locked(self._root / ".lock"), full_disk_named():
            numbers = self._numbers(kind)
            number = numbers[-1] if numbers else 1
            if self._size(kind, number) + len(line) > self._part_bytes:
                number += 1
            self._write(self._path(kind, number), line)
            for old in numbers:
                if old <= number - PARTS:
                    self._path(kind, old).unlink(missing_ok=True)

    def page(self, kind: str, limit: int, after: str | None) -> list[Entry]:
        """Returns lines, the newest first.

        Args:
            after: the id of the line behind which they are; None: from the newest on.

        Raises:
            InvalidParameter: that is no id of a line.
        """
        last, end = place_of(after) if after else (None, None)
        found: list[Entry] = []
        for number in reversed(self._numbers(kind)):
            if last is None or number <= last:
                found += self._lines(kind, number, end if number == last else None, limit)
            if len(found) >= limit:
                break
        return found[:limit]

    def _lines(self, kind: str, number: int, end: int | None, limit: int) -> Iterator[Entry]:
        """Yields the last lines of a file that begin before a place, the last one first."""
        written = b""
        with suppress(FileNotFoundError):  # it was the oldest one
            written = self._path(kind, number).read_bytes()[:end]
        # What is behind the last end of a line is being written.
        upto = written.rfind(b"\n") + 1
        for _ in range(limit):
            if not upto:
                return
            begin = written.rfind(b"\n", 0, upto - 1) + 1
            with suppress(ValueError):  # of a process that died, or of a disk that was full
                yield Entry(f"{number}-{begin}", json.loads(written[begin:upto]))
            upto = begin

    def _write(self, path: Path, line: bytes) -> None:
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_APPEND, 0o600)
        try:
            size = os.fstat(descriptor).st_size
            if size and os.pread(descriptor, 1, size - 1) != b"\n":  # the last one is torn
                line = b"\n" + line
            os.write(descriptor, line)
            os.fsync(descriptor)
        finally:
            os.close(descriptor)

    def _size(self, kind: str, number: int) -> int:
        with suppress(FileNotFoundError):
            return self._path(kind, number).stat().st_size
        return 0

    def _numbers(self, kind: str) -> list[int]:
        names: list[str] = []
        with suppress(FileNotFoundError):  # nothing was written yet
            names = os.listdir(self._root)
        found = (re.fullmatch(rf"{kind}\.(\d+)\.ndjson", name) for name in names)
        return sorted(int(match[1]) for match in found if match)

    def _path(self, kind: str, number: int) -> Path:
        return self._root / f"{kind}.{number}.ndjson"


def place_of(entry_id: str) -> tuple[int, int]:
    """Returns the number of the file of a line, and where in it the line begins.

    Raises:
        InvalidParameter: that is no id of a line.
    """
    if not re.fullmatch(r"\d{1,18}-\d{1,18}", entry_id):
        raise InvalidParameter(
            f"Expected the `next` of the page before, got {entry_id!r:.60}. Without `after` the "
            "list begins with the newest."
        )
    number, _, begin = entry_id.partition("-")
    return int(number), int(begin)
