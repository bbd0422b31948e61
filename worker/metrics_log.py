"""The epochs of one attempt, a line of JSON each, written while others read."""

import json
import os
import time
from collections.abc import Sequence
from pathlib import Path
from types import TracebackType
from typing import Any

from worker.files import full_disk_named

FLUSH_S = 0.2  # at most this long is a row kept back from readers

Json = dict[str, Any]


class MetricsLog:
    """Used as a `with` block; when it has ended, a power cut undoes nothing of it."""

    def __init__(self, path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        self._file = path.open("w")
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
            self.sync()

    def write(self, rows: Sequence[Json]) -> None:
        with full_disk_named():
            self._file.writelines(json.dumps(row, allow_nan=False) + "\n" for row in rows)
            if time.monotonic() - self._flushed > FLUSH_S:
                self._file.flush()
                self._flushed = time.monotonic()

    def sync(self) -> None:
        """What was written survives a power cut from here on."""
        with full_disk_named():
            self._file.flush()
            os.fsync(self._file.fileno())
