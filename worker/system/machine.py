"""How many cores and how much memory of the machine this process may use."""

import hashlib
import os
import platform
from collections.abc import Iterator
from contextlib import suppress
from math import ceil
from pathlib import Path

FEW = 4
GROUPS_OF_ME, GROUPS = Path("/proc/self/cgroup"), Path("/sys/fs/cgroup")  # Linux's
BOOT = Path("/proc/sys/kernel/random/boot_id")  # the same in all containers of a machine


def cores() -> int:
    """Returns how many processor cores this process may use: those that it may run on, or fewer if
    its container or control group has less processor time; rounded up, at least 1."""
    found = len(own_cores())
    if limits := limits_of_time():
        found = min(found, ceil(min(limits)[0]))
    return max(1, found)


def whose_cores() -> str:
    """Returns the same name for processes that share their cores, and for no others.

    Those share them that run on one machine and may run on the same cores, unless a container or
    control group has less processor time than these: then those in the same group.
    """
    try:
        machine = BOOT.read_text()
    except OSError:
        machine = platform.node()
    limits = limits_of_time()
    if limits and min(limits)[0] < len(own_cores()):
        where = f"group {min(limits)[1].stat().st_ino}"  # no other group has it, whatever its name
    else:
        where = f"cores {sorted(own_cores())}"
    return hashlib.sha256(f"{machine} {where}".encode()).hexdigest()[:16]


def own_cores() -> set[int]:
    """Returns the numbers of the cores that this process may run on."""
    if hasattr(os, "sched_getaffinity"):
        return os.sched_getaffinity(0)
    return {*range(os.cpu_count() or 1)}


def limits_of_time() -> list[tuple[float, Path]]:
    """Returns how many cores' time each group around this process may use that has a limit."""
    found = []
    for group in groups_around("cpu"):
        with suppress(OSError, ValueError):  # there is none, or it says "max" or -1
            found.append((share_of_time(group), group))
    return found


def few_threads() -> int:
    """Returns how many threads may work side by side where memory is limited: one for each core,
    but no more than FEW, since memory is reserved for the stack and the blocks of each."""
    return min(cores(), FEW)


def share_of_time(group: Path) -> float:
    """Returns how many cores' time a control group may use.

    Raises:
        OSError: the group has no such limit file.
        ValueError: the group has no limit.
    """
    if (limit := group / "cpu.max").exists():  # groups of the second version
        quota_us, period_us = map(int, limit.read_text().split())
    else:
        names = ("cpu.cfs_quota_us", "cpu.cfs_period_us")
        quota_us, period_us = (int((group / name).read_text()) for name in names)
    if quota_us <= 0 or period_us <= 0:
        raise ValueError(f"Expected a limit in {group}, got {quota_us} of {period_us}.")
    return quota_us / period_us


def memory() -> int:
    """Returns the bytes of memory that this process may use, together with the others in its
    container or control group: the limit of that, or all of the machine's."""
    limits = [os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")]
    for group in groups_around("memory"):
        for name in ("memory.max", "memory.limit_in_bytes"):  # the second version's, the first's
            with suppress(OSError, ValueError):  # there is none, or it says "max"
                limits.append(int((group / name).read_text()))
    return min(limits)


def groups_around(controller: str) -> Iterator[Path]:
    """Yields the folders of all control groups that this process is in, the inner ones first.

    Args:
        controller: what they may limit: `cpu` or `memory`.
    """
    try:
        lines = GROUPS_OF_ME.read_text().splitlines()
    except OSError:
        return
    for line in lines:
        _, controllers, place = line.split(":", 2)
        if controllers == "":  # groups of the second version
            top = GROUPS
        elif controller in controllers.split(","):  # of the first
            top = GROUPS / controller
        else:
            continue
        folder = top / place.strip("/")
        yield from (above for above in (folder, *folder.parents) if above.is_relative_to(top))
