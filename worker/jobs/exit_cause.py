"""What a child process died of, as far as its parent can tell."""

import os
import signal
from pathlib import Path

VMSTAT = Path("/proc/vmstat")  # Linux's; of the whole machine, in containers too


def memory_kills() -> int:
    """Returns how many processes Linux has killed for want of memory since this machine started.

    Those of containers count too. 0 on other systems.
    """
    try:
        counts = dict(line.split() for line in VMSTAT.read_text().splitlines())
    except OSError:
        return 0
    return int(counts.get("oom_kill", 0))


def aborted(status: int) -> bool:
    """Returns whether the process ended itself by SIGABRT, as libraries do that get no memory.

    Args:
        status: as `os.waitpid` returns it.
    """
    return os.WIFSIGNALED(status) and os.WTERMSIG(status) == signal.SIGABRT


def cause_of(status: int, kills_before: int) -> str:
    """Returns the cause in a few words.

    Args:
        status: as `os.waitpid` returns it.
        kills_before: what `memory_kills` returned before the child was started.
    """
    if not os.WIFSIGNALED(status):
        return f"exit {os.WEXITSTATUS(status)}"
    number = os.WTERMSIG(status)
    if number == signal.SIGKILL and memory_kills() > kills_before:
        return "most likely out of memory (signal 9)"
    return f"signal {number}"
