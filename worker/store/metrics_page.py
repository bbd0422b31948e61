"""Rows of an attempt's metrics, found and read without those before and behind them.

Its file has a line for each epoch, by their numbers: any page begins where halving the file again
and again leads, without an index, and can be sent on as the bytes that lie there.
"""

import json
import os
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import BinaryIO

from worker.jsontypes import Json
from worker.store.thinning import number_of

BLOCK_BYTES = 65_536  # read at a time


class MetricsPage:
    """Epochs that follow one another, of those that were written when it was asked for.

    Attributes:
        next: the last epoch of this page, if there are later ones.
    """

    def __init__(self, path: Path, after: int = 0, limit: int | None = None) -> None:
        """Find the epochs behind `after`: `limit` of them, or all that are there."""
        self.next: int | None = None
        self._path = path
        self._start = self._end = 0
        with suppress(FileNotFoundError), path.open("rb") as file:
            lines = Lines(file)
            self._start, self._end = lines.behind(after), lines.end
            if limit is not None and self._start < lines.end:
                _, first = lines.line_from(self._start)
                last = number_in(first) + limit - 1
                self._end = lines.behind(last)
                self.next = last if self._end < lines.end else None

    def blocks(self) -> Iterator[bytes]:
        """Yields the rows as they lie in the file: whole lines, about BLOCK_BYTES at a time."""
        if self._start == self._end:
            return
        with self._path.open("rb") as file:
            file.seek(self._start)
            left = self._end - self._start
            while left and (block := file.read(min(left, BLOCK_BYTES))):
                block += b"" if block.endswith(b"\n") else file.readline()
                left -= len(block)
                yield block

    def rows_of_blocks(self) -> Iterator[list[Json]]:
        """Yields the rows, those of one block at a time."""
        for block in self.blocks():
            yield [json.loads(line) for line in block.splitlines()]

    def rows(self) -> list[Json]:
        """Returns all rows of the page."""
        return [row for rows in self.rows_of_blocks() for row in rows]


class Lines:
    """The lines of a file that are whole when it is opened; it may grow meanwhile.

    Attributes:
        end: where the last of them ends, in bytes.
    """

    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        self.end = self._end_of_last()

    def behind(self, epoch: int) -> int:
        """Returns where the first line of a later epoch begins, in bytes, or the end."""
        low, high = 0, self.end
        while low < high:
            middle = (low + high) // 2
            start, line = self.line_from(middle)
            if start < self.end and number_in(line) <= epoch:
                low = start + len(line)
            else:
                high = middle
        return low

    def line_from(self, place: int) -> tuple[int, bytes]:
        """Returns where the first line begins that begins here or later, in bytes, and the line."""
        start = 0
        if place:
            self._file.seek(place - 1)
            start = place - 1 + len(self._file.readline())
        self._file.seek(start)
        return start, self._file.readline()

    def last(self) -> bytes | None:
        """Returns the last line; None if there is none."""
        place, found = self.end, None
        while place and not found:
            place = max(0, place - BLOCK_BYTES)
            start, line = self.line_from(place)
            while start < self.end:
                found = line
                start, line = self.line_from(start + len(line))
        return found

    def _end_of_last(self) -> int:
        end = self._file.seek(0, os.SEEK_END)
        while end:
            start = max(end - BLOCK_BYTES, 0)
            self._file.seek(start)
            if found := self._file.read(end - start).rfind(b"\n") + 1:
                return start + found
            end = start
        return 0


def number_in(line: bytes) -> int:
    """Returns which row a line is."""
    return number_of(json.loads(line))
