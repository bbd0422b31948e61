"""How a file becomes visible and stays: written aside, fsynced, renamed."""

import errno
import json
import os
import secrets
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import BinaryIO

from worker.errors import StoreFull
from worker.jsontypes import Json

PRIVATE = 0o077  # the umask of every process: what it makes, its own user alone may read


def write_atomically(path: Path, payload: bytes) -> None:
    """Put payload at path; a reader sees the old file or the new one, never half."""

    def write(file: BinaryIO) -> Path:
        file.write(payload)
        return path

    write_aside(path, write)


def write_aside(beside: Path, write: Callable[[BinaryIO], Path]) -> None:
    """Have a file written beside a path; once that is safe, it goes where `write` says: to a path
    in the same folder."""
    # By chance: threads, and processes of other containers, may write the same file.
    part = beside.with_name(f"{beside.name}.{secrets.token_hex(4)}.part")
    with full_disk_named():
        beside.parent.mkdir(parents=True, exist_ok=True)
        try:
            with part.open("wb") as file:
                path = write(file)
                file.flush()
                os.fsync(file.fileno())
            part.replace(path)
        finally:
            with suppress(OSError):
                part.unlink()
        sync_folder(beside.parent)
        sync_folder(beside.parent.parent)


def temp_path(final: Path) -> Path:
    """A name beside it that nobody looks at and nobody else has: containers that share a store may
    have processes of the same number."""
    return final.with_name(f".{final.name}.{secrets.token_hex(4)}.part")


def remove(folder: Path) -> None:
    """Have a folder be gone, at once and for good. Gone already is gone."""
    part = temp_path(folder)
    with suppress(FileNotFoundError):
        folder.rename(part)
        sync_folder(folder.parent)
        shutil.rmtree(part, ignore_errors=True)


def sync_tree(folder: Path) -> None:
    for path in folder.iterdir():
        with path.open("rb") as file:
            os.fsync(file.fileno())
    sync_folder(folder)
    sync_folder(folder.parent)


def sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def check_space(folder: Path, wanted_bytes: int, reserve_bytes: int) -> None:
    """Raise StoreFull unless so much can be written under the folder and the reserve is left free.

    It costs microseconds, and is meant to be asked before every piece that is written.
    """
    found = os.statvfs(folder)
    if (free := found.f_bavail * found.f_frsize) < wanted_bytes + reserve_bytes:
        raise StoreFull(
            f"Expected {wanted_bytes + reserve_bytes:,} free bytes in the store, got {free:,}. "
            "Make room, or lower PURR_MIN_FREE_BYTES."
        )


@contextmanager
def full_disk_named() -> Iterator[None]:
    """Turn a full disk into StoreFull; every other fault of the disk stays what it is."""
    try:
        yield
    except OSError as error:
        if error.errno not in (errno.ENOSPC, errno.EDQUOT):
            raise
        raise StoreFull("The disk under the store is full. Make room and try again.") from error


def read_json(path: Path) -> Json | None:
    try:
        return json.loads(path.read_bytes())  # type: ignore[no-any-return]
    except FileNotFoundError:
        return None
