"""Becomes another program, one that the kernel ends when the process that started it dies.

A program of its own, run as `tether.py PARENT SIGNAL COMMAND…`, because the launcher has threads:
Python code between its fork and exec could hang on a lock that another thread held.
"""

import ctypes
import os
import sys

PR_SET_PDEATHSIG = 1


def tie(parent: int, signal: int) -> None:
    """Have this process sent the signal when its parent dies; only Linux knows how."""
    if not sys.platform.startswith("linux"):
        return
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.prctl(PR_SET_PDEATHSIG, signal) != 0:
        raise OSError(ctypes.get_errno(), "prctl(PR_SET_PDEATHSIG)")
    # The parent may have died before the kernel was told.
    if os.getppid() != parent:
        sys.exit(f"The launcher, process {parent}, has gone.")


if __name__ == "__main__":
    parent, signal, *command = sys.argv[1:]
    tie(int(parent), int(signal))
    os.execvp(command[0], command)  # noqa: S606 - the command is the launcher's own
