"""Becomes another program, one that the kernel ends when the process that started it dies.

A program of its own, run as `parent_death.py PARENT SIGNAL COMMAND…`, because the launcher has
threads: Python code between its fork and exec could hang on a lock that another thread held.
"""

import os
import sys

# Run before each child of the launcher: it may import nothing that takes long to load.
from worker.system.confinement.limits import die_with

if __name__ == "__main__":
    parent, signal, *command = sys.argv[1:]
    die_with(int(parent), int(signal))
    os.execvp(command[0], command)  # noqa: S606 - the command is the launcher's own
