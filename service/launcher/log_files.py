"""Logs that are bounded while they are written: the newest part, and the one before it."""

from contextlib import suppress
from pathlib import Path

MAX_LOG_BYTES = 8 * 2**20
TAIL_BYTES = 8 * 2**10


def rotate(log: Path) -> None:
    """Begin a log anew that has grown too large; its end becomes `….log.1`.

    The file stays the same one, since a process has it open, to append. What the process writes
    between the copy and the cut, a few lines at most, is lost.
    """
    with suppress(FileNotFoundError):
        if (size := log.stat().st_size) <= MAX_LOG_BYTES:
            return
        with log.open("r+b") as file:
            file.seek(max(0, size - MAX_LOG_BYTES))
            with suppress(OSError):  # where the disk is full the new one matters more
                log.with_name(log.name + ".1").write_bytes(file.read(MAX_LOG_BYTES))
            file.truncate(0)


def tail(log: Path, lines: int = 15) -> str:
    """The last lines of a text file, "" when there is none."""
    try:
        with log.open("rb") as file:
            file.seek(max(0, log.stat().st_size - TAIL_BYTES))
            return "\n".join(file.read().decode(errors="replace").splitlines()[-lines:])
    except FileNotFoundError:
        return ""
