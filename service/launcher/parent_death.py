"""Becomes another program, which the kernel ends when the process that started it dies.

It is run as `parent_death.py PARENT SIGNAL COMMAND…`, as a program of its own: the launcher has
threads, so Python code between its fork and exec could wait for a lock that another thread held.
"""

import os
import sys

# Run before each child of the launcher: it may import nothing that takes long to load.
from worker.system.confinement.limits import die_with

if __name__ == "__main__":
    parent, signal, *command = sys.argv[1:]
    die_with(int(parent), int(signal))
    os.execvp(command[0], command)  # noqa: S606 - the command is the launcher's own
