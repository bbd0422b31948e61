"""How much a process may use: processor time, memory, file sizes, descriptors."""

import ctypes
import os
import resource
import signal
import sys
import time
from typing import NamedTuple

PR_SET_PDEATHSIG = 1


class Limits(NamedTuple):
    """Limits of a process.

    Attributes:
        seconds: of processor time; None for no limit.
        memory_bytes: of address space.
        file_bytes: of each file that it writes.
        open_files: descriptors that are open at a time.
    """

    seconds: int | None
    memory_bytes: int
    file_bytes: int
    open_files: int


def apply(limits: Limits) -> None:
    """Set limits for this process and for all that it starts. It also leaves no core dump, which
    could have secrets in it."""
    if limits.seconds is not None:
        # At the first limit SIGXCPU, which says what happened; at the second SIGKILL.
        lower(resource.RLIMIT_CPU, limits.seconds, limits.seconds + 1)
    lower(resource.RLIMIT_FSIZE, limits.file_bytes)
    lower(resource.RLIMIT_CORE, 0)
    lower(resource.RLIMIT_NOFILE, limits.open_files)
    if sys.platform == "linux":  # other systems accept this limit but do not enforce it
        lower(resource.RLIMIT_AS, limits.memory_bytes)


def lower(kind: int, soft: int, hard: int | None = None) -> None:
    """Lower one of the system's limits for this process; a limit that is lower already stays."""
    _, highest = resource.getrlimit(kind)
    ceiling = sys.maxsize if highest == resource.RLIM_INFINITY else highest
    resource.setrlimit(kind, (min(soft, ceiling), min(hard or soft, ceiling)))


def allow_seconds(seconds: int) -> None:
    """Limit the processor time of this process to so many seconds from now on."""
    # The system counts whole seconds from the start of the process, so what is used is added.
    _, highest = resource.getrlimit(resource.RLIMIT_CPU)
    resource.setrlimit(resource.RLIMIT_CPU, (int(time.process_time()) + seconds + 1, highest))


def die_with(parent: int, number: int = signal.SIGKILL) -> None:
    """Have the kernel send this process a signal when its parent dies (Linux; elsewhere nothing).

    It ends at once, with exit code 1, if the parent has died already.

    Args:
        parent: the parent's process id, as the parent itself has told it.
        number: of the signal.

    Raises:
        OSError: the kernel refuses.
    """
    if sys.platform != "linux":
        return
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.prctl(PR_SET_PDEATHSIG, number) != 0:
        raise OSError(ctypes.get_errno(), "prctl(PR_SET_PDEATHSIG)")
    if os.getppid() != parent:  # it died before the kernel was told
        os.write(2, f"The parent, process {parent}, has gone.\n".encode())
        os._exit(1)
