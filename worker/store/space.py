"""Free space of the store's disk: what may be written, and what stays reserved."""

import os
import time
from pathlib import Path
from tempfile import TemporaryFile

from worker.system.files import check_space, free_bytes

# Shares of PURR_MIN_FREE_BYTES that stay free: of what is new here, of models and checkpoints of
# work that has begun, and of what that work tells of itself. The rest is for records and for Redis.
NEW, BEGUN, TOLD = 1.0, 0.5, 0.25


class Space:
    """The disk under one folder, which is made when it is first asked about.

    Attributes:
        reserve_bytes: what anything new must leave free.
    """

    def __init__(self, root: Path, reserve_bytes: int = 0) -> None:
        self._root, self.reserve_bytes = root, reserve_bytes

    def check(self, wanted_bytes: int = 0, share: float = NEW) -> None:
        """Refuse what would not leave this share of the reserve free.

        Raises:
            StoreFull: fewer than `wanted_bytes` and that share are free.
        """
        self._root.mkdir(parents=True, exist_ok=True, mode=0o700)
        check_space(self._root, wanted_bytes, self.reserved_bytes(share))

    def reserved_bytes(self, share: float) -> int:
        """Returns this share of the reserve, in whole bytes."""
        return int(share * self.reserve_bytes)

    def writing_s(self, below: str, size_bytes: int) -> float:
        """Returns the seconds in which a file of so many bytes is made durable in a folder of this
        one. It has no name, and is gone then, whatever becomes of this process.

        Raises:
            OSError: it cannot be written.
        """
        content = os.urandom(size_bytes)  # which no disk makes smaller
        began = time.perf_counter()
        with TemporaryFile(dir=self._root / below) as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        return time.perf_counter() - began

    def free_bytes(self) -> int:
        """Returns what is free now.

        Raises:
            OSError: the disk is away.
        """
        self._root.mkdir(parents=True, exist_ok=True, mode=0o700)
        return free_bytes(self._root)
