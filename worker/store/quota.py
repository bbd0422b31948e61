"""The quota: how many bytes the files of the store may take together."""

import math
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
    space is taken for written here, or what this process was granted, if that is more; only when
    that would be too much is counted again. Where somebody frees space of the disk meanwhile, it
    hides what other processes write here, for COUNT_S at most; and a count may miss a piece of each
    upload that is under way.

    Attributes:
        max_bytes: what they may take; 0: any number.
    """

    def __init__(self, root: Path, folders: Sequence[Path], max_bytes: int = 0) -> None:
        self._root, self._folders, self.max_bytes = root, folders, max_bytes
        self._lock = threading.Lock()
        self._granted = 0  # since the last count
        self.count_anew()

    def count_anew(self) -> None:
        """Have the next check count, for much was written without asking."""
        self._last = Count(-math.inf, 0, 0)

    def check(self, wanted_bytes: int = 0) -> None:
        """Refuse what would take the store over its quota, and count on the rest being written.

        Raises:
            StoreFull: it may not take so many bytes more.
        """
        if not self.max_bytes:
            return
        asked = time.monotonic()
        with self._lock:  # of threads that want to count at once, one does it for all
            if self._at_most(asked - COUNT_S) + wanted_bytes > self.max_bytes:
                used = self._count(asked).bytes + self._granted
                if used + wanted_bytes > self.max_bytes:
                    raise StoreFull(
                        f"Expected the store to take at most {self.max_bytes:,} bytes, got "
                        f"{used + wanted_bytes:,}. Delete datasets, or raise PURR_MAX_STORE_BYTES."
                    )
            self._granted += wanted_bytes

    def _at_most(self, since: float) -> int:
        """Returns what the files take at the most, going by a count begun at this time or later."""
        last = self._count(since)
        return last.bytes + max(self._granted, last.free - free_bytes(self._root))

    def _count(self, since: float) -> Count:
        """Returns a count that was begun at this time or later."""
        if self._last.at < since:
            at, free = time.monotonic(), free_bytes(self._root)
            self._last, self._granted = Count(at, free, bytes_below(*self._folders)), 0
        return self._last
