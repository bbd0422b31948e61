"""The epochs of one attempt, a line of JSON each, written while others read."""

import json
import os
import time
from collections.abc import Iterable
from pathlib import Path
from types import TracebackType

from worker.jsontypes import Json
from worker.store.thinning import keeps_layers, thinned
from worker.system.files import check_space, full_disk_named

FLUSH_S = 0.2  # at most this long is a row kept back from readers


class MetricsLog:
    """Used as a `with` block. When it has ended, its rows survive a power cut.

    The last row is kept whole. Which one that is nobody knows before the end, so a row that would
    otherwise be thinned waits for the next.

    Raises:
        StoreFull: by every method, when less than the reserve is free on the disk.
    """

    def __init__(self, path: Path, reserve_bytes: int = 0) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        self._folder, self._reserve_bytes = path.parent, reserve_bytes
        self._file = path.open("wb")
        self._waiting: Json | None = None
        self._flushed = time.monotonic()

    def __enter__(self) -> "MetricsLog":
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        # To close it writes what is left, for which there may be no room either.
        with full_disk_named(), self._file:
            if self._waiting is not None:
                self._file.write(line_of(self._waiting))
            self.sync()

    def copy(self, blocks: Iterable[bytes]) -> None:
        """Begin with rows that another attempt has written: blocks of whole lines."""
        with full_disk_named():
            self._file.writelines(blocks)

    def write(self, row: Json) -> None:
        """Append the row of an epoch; readers see it FLUSH_S later at most, or behind the next."""
        whole = keeps_layers(row)
        rows = [] if self._waiting is None else [thinned(self._waiting)]
        rows += [row] if whole else []
        self._waiting = None  # if the disk is full now, a later row would leave a gap
        with full_disk_named():
            self._file.writelines(map(line_of, rows))
            if time.monotonic() - self._flushed > FLUSH_S:
                check_space(self._folder, 0, self._reserve_bytes)
                self._file.flush()
                self._flushed = time.monotonic()
        self._waiting = None if whole else row

    def sync(self) -> None:
        """Make what was written survive a power cut, but for a row that waits."""
        with full_disk_named():
            self._file.flush()
            os.fsync(self._file.fileno())


def line_of(row: Json) -> bytes:
    """Returns the line of a row, its end included."""
    return json.dumps(row, allow_nan=False, separators=(",", ":")).encode() + b"\n"
