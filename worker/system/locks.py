"""Locks that hold between processes, also of containers that share a folder."""

import fcntl
import os
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from worker.system.files import full_disk_named

LOOK_S = 0.2  # between two looks whether a lock is free


@contextmanager
def locked(path: Path, *, shared: bool = False) -> Iterator[None]:
    """Within this block nobody else holds the lock of this file, which is made if need be.

    Args:
        shared: others may hold it too, if all share it.

    Raises:
        FileNotFoundError: its folder is not there.
        StoreFull: the disk is full.
    """
    with _opened(path) as lock:
        fcntl.flock(lock, fcntl.LOCK_SH if shared else fcntl.LOCK_EX)
        yield


@contextmanager
def locked_if_free(path: Path) -> Iterator[bool]:
    """Yields whether this process alone holds the lock of this file within the block. The file is
    made if need be.

    Raises:
        FileNotFoundError: its folder is not there.
        StoreFull: the disk is full.
    """
    with _opened(path) as lock:
        yield _taken(lock)


@contextmanager
def held_once_free(lock: int, check: Callable[[], None]) -> Iterator[None]:
    """Within this block this process alone holds the lock of an open file or folder, which is
    closed at the end.

    Args:
        check: raises when that is no longer wanted; called while another holds it.
    """
    try:
        while not _taken(lock):
            check()
            time.sleep(LOOK_S)
        yield
    finally:
        os.close(lock)


@contextmanager
def _opened(path: Path) -> Iterator[int]:
    """Yields a file that is made if need be; with its end all locks of it are given back."""
    with full_disk_named():
        lock = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
    try:
        yield lock
    finally:
        os.close(lock)


def _taken(lock: int) -> bool:
    """Whether this process has the lock now."""
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True
