"""How a file becomes visible and stays: written aside, fsynced, renamed."""

import errno
import hashlib
import json
import os
import secrets
import shutil
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import BinaryIO

from worker.errors import StoreFull
from worker.jsontypes import Json

PRIVATE = 0o077  # the umask of every process: what it makes, its own user alone may read
FULL = (errno.ENOSPC, errno.EDQUOT)


def write_atomically(path: Path, payload: bytes) -> None:
    """Put payload at path. A reader sees the old file or the new one, never half.

    Raises:
        FileNotFoundError: its folder is not there, or is removed meanwhile.
        StoreFull: the disk is full.
    """

    def write(file: BinaryIO) -> Path:
        file.write(payload)
        return path

    write_aside(path, write)


def write_aside(beside: Path, write: Callable[[BinaryIO], Path]) -> None:
    """Have a file written beside a path, and rename it once it is durable.

    Args:
        write: fills the file, and returns the path that it is to have, in the same folder.

    Raises:
        FileNotFoundError: the folder is not there, or is removed meanwhile.
        StoreFull: the disk is full.
    """
    # By chance: threads, and processes of other containers, may write the same file.
    part = beside.with_name(f"{beside.name}.{secrets.token_hex(4)}.part")
    with full_disk_named():
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


def make_folder(folder: Path) -> None:
    """Make a folder, and those that it lies in, unless they are there.

    Raises:
        StoreFull: the disk is full.
    """
    with full_disk_named():
        folder.mkdir(parents=True, exist_ok=True)


def temp_path(final: Path) -> Path:
    """Returns a path beside this one that nobody looks at, and nobody else has."""
    # By chance: containers that share a store may have processes of the same number.
    return final.with_name(f".{final.name}.{secrets.token_hex(4)}.part")


def remove(folder: Path) -> None:
    """Remove a folder, so that no reader sees half of it. Gone already is gone."""
    part = temp_path(folder)
    with suppress(FileNotFoundError):
        folder.rename(part)
        sync_folder(folder.parent)
        shutil.rmtree(part, ignore_errors=True)


def renamed(folder: Path, final: Path) -> bool:
    """Whether a folder has another name now; not where there is one of that name."""
    try:
        folder.rename(final)
    except OSError as error:
        if error.errno not in (errno.EEXIST, errno.ENOTEMPTY):
            raise
        return False
    return True


@contextmanager
def made_aside(final: Path) -> Iterator[Path]:
    """Yields an empty folder beside a path. It is removed at the end, unless it was renamed.

    Raises:
        StoreFull: the disk is full.
    """
    part = temp_path(final)
    part.mkdir(parents=True)
    try:
        with full_disk_named():
            yield part
    finally:
        shutil.rmtree(part, ignore_errors=True)


def remove_leftovers(found: Iterable[Path], age_s: float) -> None:
    """Remove those of these files and folders that have not changed for so many seconds. What
    cannot be removed stays."""
    oldest = time.time() - age_s
    for path in found:
        with suppress(OSError):
            if path.stat().st_mtime < oldest:
                shutil.rmtree(path) if path.is_dir() else path.unlink()


def sync_tree(folder: Path) -> None:
    """Make all that is in a folder, and its own name, survive a power cut."""
    for path in folder.iterdir():
        if path.is_dir():
            sync_tree(path)
            continue
        with path.open("rb") as file:
            os.fsync(file.fileno())
    sync_folder(folder)
    sync_folder(folder.parent)


def sync_folder(folder: Path) -> None:
    """Make the names in a folder survive a power cut."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def free_bytes(folder: Path) -> int:
    """Returns what may still be written to the disk of a folder."""
    found = os.statvfs(folder)
    return found.f_bavail * found.f_frsize


def check_space(folder: Path, wanted_bytes: int, reserve_bytes: int) -> None:
    """Refuse what would leave less than the reserve free on the disk of a folder.

    It takes microseconds, and is meant to be asked before every piece that is written.

    Raises:
        StoreFull: fewer bytes are free than both together.
    """
    if (free := free_bytes(folder)) < wanted_bytes + reserve_bytes:
        raise StoreFull(
            f"Expected {wanted_bytes + reserve_bytes:,} free bytes in the store, got {free:,}. "
            "Make room, or lower PURR_MIN_FREE_BYTES."
        )


@contextmanager
def full_disk_named() -> Iterator[None]:
    """Turn a full disk into StoreFull. Every other fault of the disk stays what it is."""
    try:
        yield
    except OSError as error:
        if error.errno not in FULL:
            raise
        raise StoreFull("The disk under the store is full. Make room and try again.") from error


def file_digest(path: Path) -> str:
    """Returns the SHA-256 of a file's bytes, in hexadecimal."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def read_json(path: Path) -> Json | None:
    """Returns what a file of JSON says; None where it is not there.

    Raises:
        ValueError: it is no JSON.
    """
    try:
        return json.loads(path.read_bytes())  # type: ignore[no-any-return]
    except FileNotFoundError:
        return None
