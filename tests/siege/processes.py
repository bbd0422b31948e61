"""Processes as the kernel tells of them, without their help."""

from contextlib import suppress
from pathlib import Path
from typing import NamedTuple

# What a process does, by words of its command; the first that fits.
ROLES = {
    "decoder": ("worker.data.pictures.decoder",),
    "importer": ("worker.data.importer",),
    "api": ("-m", "service"),
    "train": ("worker", "train"),
    "import": ("worker", "import"),
    "valkey": ("valkey-server",),
}


class Process(NamedTuple):
    pid: int
    parent: int
    role: str


class Memory(NamedTuple):
    """Of one process, in bytes: `anonymous` is its own, `peak` the most that was resident ever
    since `forget_peak`, files included."""

    anonymous: int
    files: int
    peak: int


def family(root: int) -> list[Process]:
    """A process and all that it and its children have started."""
    everybody = {process.pid: process for process in _all()}
    found, wanted = [], {root}
    while wanted:
        found += [everybody[pid] for pid in wanted if pid in everybody]
        wanted = {process.pid for process in everybody.values() if process.parent in wanted}
    return found


def _all() -> list[Process]:
    found = []
    for folder in Path("/proc").glob("[0-9]*"):
        with suppress(OSError):
            state, parent = (folder / "stat").read_text().rpartition(")")[2].split()[:2]
            if state not in "ZX":
                command = (folder / "cmdline").read_text(errors="replace").split("\0")
                program = (folder / "comm").read_text().strip()
                found.append(Process(int(folder.name), int(parent), role_of([program, *command])))
    return found


def role_of(words: list[str]) -> str:
    """What a process with this command does, "other" where nothing tells."""
    names = [word.rpartition("/")[2] for word in words]
    return next((role for role, marks in ROLES.items() if {*marks} <= {*names}), "other")


def memory(pid: int) -> Memory:
    """What a process holds; nothing if it is gone."""
    found = {}
    with suppress(OSError):
        for line in Path(f"/proc/{pid}/status").read_text().splitlines():
            name, _, value = line.partition(":")
            if value.endswith(" kB"):
                found[name] = 1024 * int(value.split()[0])
    get = found.get
    return Memory(get("RssAnon", 0) + get("RssShmem", 0), get("RssFile", 0), get("VmHWM", 0))


def forget_peak(pid: int) -> None:
    """Have the kernel begin again to note the most memory that a process had."""
    Path(f"/proc/{pid}/clear_refs").write_text("5")


def descriptors(pid: int) -> int:
    """How many files a process has open; none if it is gone."""
    with suppress(OSError):
        return sum(1 for _ in Path(f"/proc/{pid}/fd").iterdir())
    return 0


def cpu_seconds(pid: int) -> float:
    """Processor time that a process has taken."""
    with suppress(OSError):
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / 100
    return 0.0
