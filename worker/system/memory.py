"""How much memory this process has requested, a limit on that, and how its lack shows.

The limit is on what was requested (VmData), used or not: Linux has no limit on what is used. It is
not on address space either, because libraries reserve far more of it than they request.
"""

import ctypes
import errno
import resource
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

MMAP_THRESHOLD, ARENA_MAX = -3, -8  # glibc's, in malloc.h
STATUS = Path("/proc/self/status")  # Linux's


def asked() -> int | None:
    """Returns the bytes that count against a limit; None where the system does not tell."""
    try:
        lines = STATUS.read_text().splitlines()
    except OSError:
        return None
    fields = dict(line.split(":", 1) for line in lines)
    return 1024 * int(fields["VmData"].split()[0]) if "VmData" in fields else None


@contextmanager
def limited(room: int) -> Iterator[None]:
    """Limit what this process may request during the `with` block; no limit where the system does
    not tell how much it has.

    Args:
        room: bytes, beside those that it has already.
    """
    soft, hard = resource.getrlimit(resource.RLIMIT_DATA)
    if (now := asked()) is not None:
        most = now + room if soft == resource.RLIM_INFINITY else min(soft, now + room)
        resource.setrlimit(resource.RLIMIT_DATA, (most, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_DATA, (soft, hard))


def is_missing(error: BaseException) -> bool:
    """Whether the error says that memory is lacking: as Python's MemoryError, as the system's
    ENOMEM, or because a thread gets no stack."""
    out = isinstance(error, OSError) and error.errno == errno.ENOMEM
    return isinstance(error, MemoryError) or out or "can't start new thread" in str(error)


def abort_at_exit() -> None:
    """Let this process end by SIGABRT when a library calls `exit` because it gets no memory.

    Such an `exit` would wait for the library's threads, perhaps for ever. After this call the
    process must itself end by `os._exit`.
    """
    libc = ctypes.CDLL(None)
    if hasattr(libc, "on_exit"):  # in glibc
        libc.on_exit(ctypes.cast(libc.abort, ctypes.c_void_p), None)


def keep_to_what_is_used() -> None:
    """Have the C library give back at once what is freed, from 128 KiB on, and have all threads
    share what it keeps.

    By itself it learns to keep larger and larger pieces: a library that asks for far more than it
    needs, and shrinks that, makes it hold gigabytes of address space.
    """
    libc = ctypes.CDLL(None)
    if hasattr(libc, "mallopt"):  # in glibc
        libc.mallopt(MMAP_THRESHOLD, 2**17)
        libc.mallopt(ARENA_MAX, 1)
