"""What models have answered, to be judged later: who answered what and when, not what was asked.

answered/ {model}.{version}.{segment}.rows     ROW after ROW, by the one process that answered
          {model}.{version}.{segment}.truths   TRUTH after TRUTH, by whoever knows; the last counts

A segment is what a process has answered in some time; a row's id is its segment and its number.
"""

import os
import re
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple

import numpy as np

from worker.nn.arrays import Array
from worker.system.files import full_disk_named, make_folder
from worker.system.locks import locked

# When, the number of the class, UNSURE and FAR, how probable it was, and how bright the picture,
# NaN of what is none.
ROW = np.dtype(
    [("at_ms", "<u8"), ("label", "<u4"), ("flags", "<u4"), ("probability", "<f4"),
     ("brightness", "<f4")]
)  # fmt: skip
TRUTH = np.dtype([("row", "<u4"), ("label", "<u4"), ("at_ms", "<u8")])
UNSURE, FAR = 1, 2
NONE = 2**32 - 1  # the label of what is of none of the classes
CORRECTIONS = 8  # of each row, on the average, that are kept
ROWS, TRUTHS = ".rows", ".truths"
NAMED = re.compile(r"(.+)\.(\d+)\.([0-9a-f]{20})")


class Segment(NamedTuple):
    """What one process has answered by a version, in some time."""

    model: str
    version: int
    id: str

    @property
    def began_ms(self) -> int:
        """When it began, in milliseconds since 1970."""
        return int(self.id[:12], 16)

    @property
    def stem(self) -> str:
        return f"{self.model}.{self.version}.{self.id}"


class AnsweredStore:
    """One folder; safe for any number of processes."""

    def __init__(self, root: Path) -> None:
        self._root = root

    def append(self, segment: Segment, rows: bytes) -> None:
        """Add rows to a segment. One process alone may do so; a power cut may take the last ones.

        Raises:
            StoreFull: the disk is full.
        """
        make_folder(self._root)
        self._append(self._root / f"{segment.stem}{ROWS}", rows)

    def segments(self, model: str | None = None, version: int | None = None) -> list[Segment]:
        """Returns the segments of a version, or all, the oldest first."""
        found = []
        with suppress(FileNotFoundError):
            for path in self._root.iterdir():
                named = NAMED.fullmatch(path.stem)
                if path.suffix == ROWS and named is not None:
                    found.append(Segment(named[1], int(named[2]), named[3]))
        wanted = (each for each in found if model is None or each[:2] == (model, version))
        return sorted(wanted, key=lambda each: each.id)

    def rows(self, segment: Segment) -> Array:
        """Returns what was answered, (rows,) of ROW; none where it is gone."""
        return self._read(segment, ROWS, ROW)

    def sizes(self, segment: Segment) -> tuple[int, int]:
        """Returns the bytes of what was answered and of what is known to be true."""
        return self._size(segment, ROWS), self._size(segment, TRUTHS)

    def truths(self, segment: Segment) -> Array:
        """Returns what is known to be true, (truths,) of TRUTH: one for each row that was judged,
        ordered by row."""
        found = self._read(segment, TRUTHS, TRUTH)
        # The first of each number in the reverse is the last that was said.
        _, places = np.unique(found["row"][::-1], return_index=True)
        latest: Array = found[::-1][places]
        return latest

    def judge(self, segment: Segment, labels: Mapping[int, int], at_ms: int) -> dict[int, str]:
        """Note what is true of rows, and return what that was of each: "noted", "unchanged",
        "corrected", or "refused" where rows of the segment were corrected too often.

        Args:
            labels: by the number of a row of the segment the number of its true class, or NONE.

        Raises:
            StoreFull: the disk is full.
        """
        path = self._root / f"{segment.stem}{TRUTHS}"
        with locked(path):
            before = {int(each["row"]): int(each["label"]) for each in self.truths(segment)}
            outcomes = {row: outcome(before.get(row), label) for row, label in labels.items()}
            news = [
                (row, labels[row], at_ms) for row, said in outcomes.items() if said != "unchanged"
            ]
            # A disk that was full may have taken half of one.
            os.truncate(path, path.stat().st_size // TRUTH.itemsize * TRUTH.itemsize)
            most = CORRECTIONS * len(self.rows(segment)) * TRUTH.itemsize
            if path.stat().st_size + len(news) * TRUTH.itemsize > most:
                return {**outcomes, **dict.fromkeys((row for row, *_ in news), "refused")}
            self._append(path, np.array(news, TRUTH).tobytes())
        return outcomes

    def find(self, segment_id: str) -> Segment | None:
        """Returns the segment of this id; None where there is none, or not any more."""
        return next((each for each in self.segments() if each.id == segment_id), None)

    def trim(self, oldest_ms: int, most_bytes: int) -> None:
        """Remove the segments that began before a time, in milliseconds since 1970, and of others
        the oldest until the rest take no more bytes."""
        left, known = 0, self.segments()
        for segment in reversed(known):
            left += sum(self.sizes(segment))
            if segment.began_ms < oldest_ms or left > most_bytes:
                for suffix in (ROWS, TRUTHS):
                    (self._root / f"{segment.stem}{suffix}").unlink(missing_ok=True)
        stems = {segment.stem for segment in known}
        for path in self._root.glob(f"*{TRUTHS}"):  # of a segment that went as it was judged
            if path.stem not in stems:
                path.unlink(missing_ok=True)

    def _size(self, segment: Segment, suffix: str) -> int:
        with suppress(FileNotFoundError):
            return (self._root / f"{segment.stem}{suffix}").stat().st_size
        return 0

    def _read(self, segment: Segment, suffix: str, kind: np.dtype[np.void]) -> Array:
        """All whole records of a file."""
        try:
            data = (self._root / f"{segment.stem}{suffix}").read_bytes()
        except FileNotFoundError:
            data = b""
        return np.frombuffer(data, kind, len(data) // kind.itemsize)

    def _append(self, path: Path, data: bytes) -> None:
        with full_disk_named():
            file = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
            try:
                if os.write(file, data) < len(data):
                    raise OSError(28, "the disk took a part of it alone")
            finally:
                os.close(file)


def outcome(before: int | None, label: int) -> str:
    """What it is to say that a row has this label, of which another was known, or none."""
    if before is None:
        return "noted"
    return "unchanged" if before == label else "corrected"
