"""Where a backup is read from: the files that it has, one after the other."""

import tarfile
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO, NamedTuple

from worker.store.backup.manifest import MANIFEST, UnfitBackup, damaged, may_be


class Member(NamedTuple):
    """A file of a backup, of which nothing is believed yet but that its path leads nowhere else."""

    path: str
    file: BinaryIO


def members(source: Path) -> Iterator[Member]:
    """Yields the files of a backup, each to be read before the next; the manifest among them.

    Raises:
        UnfitBackup: there is none, or it is damaged.
        TarError: it is one file, and no archive or cut short.
        OSError: it cannot be read.
    """
    if source.is_dir():
        yield from in_folder(source)
    elif source.is_file():
        yield from in_tar(source)
    else:
        raise UnfitBackup(f"Expected a backup at {source}, got nothing. Name where it is.")


def in_tar(source: Path) -> Iterator[Member]:
    """The members of a file, read as it comes."""
    with tarfile.open(source, "r|") as archive:
        for entry in archive:
            file = archive.extractfile(entry) if entry.isreg() else None
            if file is None:
                raise UnfitBackup(damaged(entry.name, "it is no file"))
            yield Member(checked(entry.name), file)  # type: ignore[arg-type]


def in_folder(source: Path) -> Iterator[Member]:
    """The files below a folder, in the order of their paths."""
    for path in sorted(source.rglob("*")):
        if path.is_symlink() or not (path.is_file() or path.is_dir()):
            raise UnfitBackup(damaged(path.name, "it is no file"))
        if path.is_file():
            with path.open("rb") as file:
                name = path.relative_to(source).as_posix()
                yield Member(checked(name), file)


def checked(path: str) -> str:
    if path != MANIFEST and not may_be(path):
        raise UnfitBackup(damaged(path, "no backup has a file of this name"))
    return path
