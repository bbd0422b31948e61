"""Becomes another program, which the kernel ends when the process that started it dies.

It is run as `parent_death.py PARENT SIGNAL COMMAND…`, as a program of its own: the launcher has
threads, so Python code between its fork and exec could wait for a lock that another thread held.
"""

import ctypes
import os
import sys

PR_SET_PDEATHSIG = 1


def tie(parent: int, signal: int) -> None:
    """Ask the kernel to send this process the signal when its parent dies. Linux only.

    Raises:
        OSError: the kernel refuses.
        SystemExit: the parent has died already.
    """
    if not sys.platform.startswith("linux"):
        return
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.prctl(PR_SET_PDEATHSIG, signal) != 0:
        raise OSError(ctypes.get_errno(), "prctl(PR_SET_PDEATHSIG)")
    # The parent may have died before the call of prctl.
    if os.getppid() != parent:
        sys.exit(f"The launcher, process {parent}, has gone.")


if __name__ == "__main__":
    parent, signal, *command = sys.argv[1:]
    tie(int(parent), int(signal))
    os.execvp(command[0], command)  # noqa: S606 - the command is the launcher's own
