"""A file that is there whole or not at all: written aside, then renamed."""

import os
import secrets
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path


def save(pieces: Iterable[bytes], path: Path, replace: bool) -> None:
    """Write the pieces as they come.

    Raises:
        FileExistsError: something is at the path, and it is no file that may be replaced.
    """
    _expect_free(path, replace)
    part = path.with_name(f".{path.name}.{secrets.token_hex(4)}.part")
    try:
        with part.open("xb") as file:
            file.writelines(pieces)
            file.flush()
            os.fsync(file.fileno())
        # Again: whole minutes may have gone by.
        _expect_free(path, replace)
        part.replace(path)
    finally:
        with suppress(OSError):
            part.unlink()


def _expect_free(path: Path, replace: bool) -> None:
    if path.exists() and not path.is_file():
        raise FileExistsError(f"Expected a file or nothing at {path}, got a folder or a device.")
    if os.path.lexists(path) and not replace:
        raise FileExistsError(f"Expected nothing at {path}, got a file. Say --force to replace it.")
