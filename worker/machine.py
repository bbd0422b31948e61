"""How much there is of the machine, or of the part of it that this process may use."""

import os
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

GROUPS_OF_ME, GROUPS = Path("/proc/self/cgroup"), Path("/sys/fs/cgroup")  # Linux's


def cores() -> int:
    """The processor cores that this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def memory() -> int:
    """Bytes of memory that this process and those beside it may use: the machine's, or as many as
    their container, or whatever group they are in, is allowed."""
    limits = [os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")]
    for path in limit_files():
        with suppress(OSError, ValueError):  # there is none, or it says "max"
            limits.append(int(path.read_text()))
    return min(limits)


def limit_files() -> Iterator[Path]:
    """Where the limits of all groups around this process would be."""
    try:
        lines = GROUPS_OF_ME.read_text().splitlines()
    except OSError:
        return
    for line in lines:
        _, controllers, place = line.split(":", 2)
        if controllers == "":  # groups of the second version
            top, name = GROUPS, "memory.max"
        elif "memory" in controllers.split(","):  # of the first
            top, name = GROUPS / "memory", "memory.limit_in_bytes"
        else:
            continue
        folder = top / place.strip("/")
        yield from (
            above / name for above in (folder, *folder.parents) if above.is_relative_to(top)
        )
