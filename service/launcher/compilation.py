"""Kernels are compiled by a child process while the API already answers.

The launcher holds a lock in the data folder until they are, so that the API can tell why workers
are missing. The kernel frees the lock however the launcher ends.
"""

import fcntl
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from service.launcher.process import CannotStart, Child
from service.launcher.supervisor import LOOK_EVERY_S, Supervisor

LOCK = "compiling"
LASTS = "half a minute to two minutes"  # on the machines where it was measured


@contextmanager
def announced(data_dir: Path) -> Iterator[None]:
    """Makes `under_way` return True for as long as the block lasts."""
    path = data_dir / LOCK
    with path.open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        try:
            yield
        finally:
            path.unlink(missing_ok=True)


def under_way(data_dir: Path) -> bool:
    """Whether the launcher on this folder has kernels compiled now."""
    try:
        with (data_dir / LOCK).open() as file:
            fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    except OSError:  # there is none
        return False
    return False


def finish(child: Child, supervisor: Supervisor, until: threading.Event) -> None:
    """Look after all others until the child has compiled the kernels, or the event is set.

    Raises:
        CannotStart: it did not succeed.
    """
    print(f"Compiling kernels for this processor, once: {LASTS}.", flush=True)
    while not child.wait(LOOK_EVERY_S):
        if until.is_set():
            return
        supervisor.look()
    if child.process is None or child.process.returncode:
        raise ended_early(child)
    lasted_s = time.monotonic() - child.started_at
    print(f"Kernels are compiled, which took {lasted_s:.0f} s.", flush=True)


def ended_early(child: Child) -> CannotStart:
    return CannotStart(
        f"Every process was to keep running, and {child.name} ended while the service started: "
        f"{child.describe()}. The end of its log {child.log}:\n{child.tail()}"
    )
