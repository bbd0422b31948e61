"""The quota: how many bytes the files of the store may take together."""

import threading
import time
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

from worker.errors import StoreFull
from worker.system.files import free_bytes
from worker.system.folder_size import bytes_below

COUNT_S = 60.0  # after which a count is too old to go by


class Count(NamedTuple):
    """What the files took, and what was free on their disk then."""

    at: float  # when it was begun, by the monotonic clock
    free: int
    bytes: int


class Quota:
    """Bytes of all files in some folders of one disk, held below a number.

    To count them is to look at every file. So between two counts all that has gone from the free
    space is taken for written here, which takes one question; only when that would be too much is
    counted again. What others free on the disk meanwhile hides what is written here, for COUNT_S at
    most.

    Attributes:
        max_bytes: what they may take; 0: any number.
    """

    def __init__(self, root: Path, folders: Sequence[Path], max_bytes: int = 0) -> None:
        self._root, self._folders, self.max_bytes = root, folders, max_bytes
        self._lock = threading.Lock()
        self._last: Count | None = None

    def check(self, wanted_bytes: int = 0) -> None:
        """Refuse what would take the store over its quota.

        Raises:
            StoreFull: it may not take so many bytes more.
        """
        if not self.max_bytes:
            return
        asked = time.monotonic()
        last = self._count(asked - COUNT_S)
        if last.bytes + max(0, last.free - free_bytes(self._root)) + wanted_bytes > self.max_bytes:
            used = self._count(asked).bytes
            if used + wanted_bytes > self.max_bytes:
                raise StoreFull(
                    f"Expected the store to take at most {self.max_bytes:,} bytes, got "
                    f"{used + wanted_bytes:,}. Delete datasets, or raise PURR_MAX_STORE_BYTES."
                )

    def _count(self, since: float) -> Count:
        """Returns a count that was begun at this time or later."""
        with self._lock:  # of threads that want to count at once, one does it for all
            if self._last is None or self._last.at < since:
                at, free = time.monotonic(), free_bytes(self._root)
                self._last = Count(at, free, bytes_below(*self._folders))
            return self._last
