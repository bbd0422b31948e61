"""Locks that hold between processes, also of containers that share a folder."""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from worker.system.files import full_disk_named


@contextmanager
def locked(path: Path, *, shared: bool = False) -> Iterator[None]:
    """Within this block nobody else holds the lock of this file, which is made if need be.

    Args:
        shared: others may hold it too, if all share it.

    Raises:
        FileNotFoundError: its folder is not there.
        StoreFull: the disk is full.
    """
    with full_disk_named():
        lock = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
    try:
        fcntl.flock(lock, fcntl.LOCK_SH if shared else fcntl.LOCK_EX)
        yield
    finally:
        os.close(lock)
