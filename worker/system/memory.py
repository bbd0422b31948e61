"""How much memory this process has asked for, a limit to it, and what it is like to reach that.

The limit is on what was asked for (VmData), touched or not: Linux has none on what is used. It is
not on addresses either, of which libraries reserve far more than they ask for.
"""

import ctypes
import errno
import resource
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

STATUS = Path("/proc/self/status")  # Linux's


def asked() -> int | None:
    """Bytes that count against a limit; None where nobody says."""
    try:
        lines = STATUS.read_text().splitlines()
    except OSError:
        return None
    fields = dict(line.split(":", 1) for line in lines)
    return 1024 * int(fields["VmData"].split()[0]) if "VmData" in fields else None


@contextmanager
def limited(room: int) -> Iterator[None]:
    """Let this process ask for so many bytes more and no others for as long as the block lasts;
    where nobody says how much it has, for as many as it likes."""
    soft, hard = resource.getrlimit(resource.RLIMIT_DATA)
    if (now := asked()) is not None:
        most = now + room if soft == resource.RLIM_INFINITY else min(soft, now + room)
        resource.setrlimit(resource.RLIMIT_DATA, (most, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_DATA, (soft, hard))


def is_missing(error: BaseException) -> bool:
    """Whether this is how a lack of memory is said: by Python, by the system, or by it for want of
    a stack for a thread."""
    out = isinstance(error, OSError) and error.errno == errno.ENOMEM
    return isinstance(error, MemoryError) or out or "can't start new thread" in str(error)


def abort_at_exit() -> None:
    """Have a library that ends this process because it gets no memory abort it instead: otherwise
    it may wait for its threads, for ever. This process itself ends by `os._exit` alone."""
    libc = ctypes.CDLL(None)
    if hasattr(libc, "on_exit"):  # in glibc
        libc.on_exit(ctypes.cast(libc.abort, ctypes.c_void_p), None)
