"""Making a backup of a store, while others work with it or not."""

import hashlib
import logging
import os
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import NamedTuple

from worker.store.backup.manifest import Entry, UnfitBackup, may_be, written
from worker.store.backup.snapshot import shown, snapshot
from worker.store.backup.targets import Target, target
from worker.store.version import StoreVersion, release_here

log = logging.getLogger(__name__)

Told = Callable[[int, int], object]  # bytes that are done, of how many


class Backup(NamedTuple):
    """What was made.

    Attributes:
        files, bytes: how many, and what they have together.
        digest: of the manifest, and so of all: sha256, in hexadecimal.
    """

    files: int
    bytes: int
    digest: str


def make_backup(root: Path, final: Path, told: Told = lambda done, of: None) -> Backup:
    """Put what the store in a folder holds at this moment into a file, if its name ends in `.tar`,
    or else into a folder.

    Args:
        told: is told again and again how far it is.

    Raises:
        UnfitBackup: there is nothing to back up, something is at the path, or there is no room.
        UnfitStore: the store is of a newer release.
        IllegalMove: another backup is being made of it.
        OSError: something cannot be read or written.
    """
    if not root.is_dir():
        raise UnfitBackup(
            f"Expected a data folder at {root}, got none. Name it with --data-dir or PURR_DATA_DIR."
        )
    if final.absolute().resolve().is_relative_to(root.resolve()):
        raise UnfitBackup(f"Expected a place outside of {root}, got {final}. Name another place.")
    version = StoreVersion(root)
    version.check()
    with snapshot(root) as folder:
        sizes = {path: path.stat() for path in files_below(folder, folder)}
        total = sum({about.st_ino: about.st_size for about in sizes.values()}.values())
        about = {
            "store": version.found(),
            "release": release_here(),
            "created_at": datetime.now(UTC).isoformat(),
        }
        with target(final, total) as taking:
            entries = [*copied(folder, sizes, taking, lambda done: told(done, total))]
            manifest = written(entries, about)
            taking.end(manifest)
    return Backup(
        len(entries),
        sum(entry.bytes for entry in entries if not entry.same_as),
        hashlib.sha256(manifest).hexdigest(),
    )


def files_below(folder: Path, top: Path) -> Iterator[Path]:
    """Yields all files of a snapshot, in the order of their paths."""
    for path in sorted(shown(folder)):
        if path.is_dir():
            yield from files_below(path, top)
        elif may_be(path.relative_to(top).as_posix()):
            yield path
        else:
            log.warning("%s is none of the store's, and not in the backup", path.name)


def copied(
    folder: Path, sizes: dict[Path, os.stat_result], taking: Target, told: Callable[[int], object]
) -> Iterator[Entry]:
    """Yields each file once it is in the backup; one with several names is there once."""
    known: dict[int, Entry] = {}
    done = 0
    for path, about in sizes.items():
        name = path.relative_to(folder).as_posix()
        if (first := known.get(about.st_ino)) is not None:
            yield Entry(name, first.bytes, first.sha256, first.path)
            continue
        with path.open("rb") as file:
            # Of a file that has grown since, so much as it had.
            entry = Entry(name, about.st_size, taking.add(name, file, about.st_size))
        known[about.st_ino] = entry
        done += about.st_size
        told(done)
        yield entry
