"""Restoring a backup into an empty folder: all of it, and as it was, or nothing."""

import hashlib
import io
import os
import secrets
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from tarfile import TarError
from typing import BinaryIO, NamedTuple

from worker.jsontypes import Json
from worker.store.backup.manifest import MANIFEST, Entry, UnfitBackup, damaged, read
from worker.store.backup.room import room_expected
from worker.store.backup.sources import members
from worker.store.backup.targets import BLOCK_BYTES
from worker.store.version import FILE as VERSION
from worker.store.version import StoreVersion
from worker.system.files import sync_folder, sync_tree, write_atomically

MOST_MANIFEST_BYTES = 2**30
# While a folder is filled that was there already, nobody may take it for a store.
UNDER_WAY = b'{"restoring": true}'
Told = Callable[[int], object]  # bytes that are done
Seen = dict[str, tuple[int, str]]  # the bytes of each file and their sha256, by its path


class Restored(NamedTuple):
    """What a backup holds.

    Attributes:
        about: what it says of itself: `store`, its version, `release` and `created_at`.
        files, bytes: how many, and what they have together.
        digest: of its manifest: sha256, in hexadecimal.
    """

    about: Json
    files: int
    bytes: int
    digest: str


def check_backup(source: Path, digest: str = "", told: Told = lambda done: None) -> Restored:
    """Read a whole backup and compare all digests; nothing is written.

    Args:
        digest: that its manifest must have; "" for any.

    Raises:
        UnfitBackup: it is none, or damaged, or not the one that was meant.
        UnfitStore: it is of a store that only a newer release can read.
        OSError: it cannot be read.
    """
    return examined(source, digest, told, lambda path: io.BytesIO())[0]


def restore(source: Path, root: Path, digest: str = "", told: Told = lambda done: None) -> Restored:
    """Put a backup into a folder that is empty or not there yet.

    Raises:
        UnfitBackup: as `check_backup` raises it, or the folder holds something, or the disk is
            full. Nothing is restored then.
        UnfitStore, OSError: as `check_backup` raises them.
    """
    root = root.absolute()
    if root.exists() and (not root.is_dir() or any(root.iterdir())):
        raise UnfitBackup(
            f"Expected an empty folder or nothing at {root}, got something. Name another folder "
            "with --data-dir or PURR_DATA_DIR, or move what is there away."
        )
    with filled(root) as part:

        def opened(path: str) -> BinaryIO:
            final = part / path
            final.parent.mkdir(parents=True, exist_ok=True)
            return final.open("xb")

        found, entries = examined(source, digest, told, opened)
        for entry in entries:
            if entry.same_as:
                name_again(part / entry.same_as, part / entry.path)
        sync_tree(part)
    return found


def examined(
    source: Path, digest: str, told: Told, opened: Callable[[str], BinaryIO]
) -> tuple[Restored, list[Entry]]:
    """Copy each file of a backup into what is opened for it, and compare it with the manifest."""
    seen: Seen = {}
    try:
        manifest = read_through(source, seen, told, opened)
    except TarError as error:
        raise UnfitBackup(damaged(source.name, str(error))) from error
    if not manifest:
        raise UnfitBackup(damaged(source.name, f"it has no {MANIFEST}, which is written last"))
    about, entries = read(manifest)
    of_manifest = hashlib.sha256(manifest).hexdigest()
    if digest and digest.removeprefix("sha256:") != of_manifest:
        raise UnfitBackup(
            f"Expected the backup of digest {digest:.80}, got sha256:{of_manifest}. Name the file "
            "that was meant; or, if it was changed, use another copy of it."
        )
    compare(entries, seen)
    StoreVersion(source).check_number(about["store"], str(about.get("release", "")))
    total = sum(size for size, _ in seen.values())
    return Restored(about, len(entries), total, of_manifest), entries


def read_through(source: Path, seen: Seen, told: Told, opened: Callable[[str], BinaryIO]) -> bytes:
    """Copy each file of a backup, and note what was seen of it. Returns the manifest."""
    manifest, done = b"", 0
    for member in members(source):
        if member.path == MANIFEST:
            manifest = member.file.read(MOST_MANIFEST_BYTES)
            continue
        if member.path in seen:
            raise UnfitBackup(damaged(member.path, "it comes twice"))
        with opened(member.path) as copy:
            seen[member.path] = copied(member.file, copy)
        done += seen[member.path][0]
        told(done)
    return manifest


def compare(entries: list[Entry], seen: Seen) -> None:
    """Refuse what lacks a file, has one more, or one with other bytes."""
    own = {entry.path for entry in entries if not entry.same_as}
    for entry in entries:
        if entry.same_as and entry.same_as not in own:
            raise UnfitBackup(damaged(entry.path, "it is another name of nothing"))
        if not entry.same_as and entry.path not in seen:
            raise UnfitBackup(damaged(entry.path, "it is missing"))
        if not entry.same_as and seen[entry.path] != (entry.bytes, entry.sha256):
            raise UnfitBackup(damaged(entry.path, "its bytes are not those that were written"))
    if more := sorted(seen.keys() - own):
        raise UnfitBackup(damaged(more[0], f"{MANIFEST} does not name it"))


def copied(file: BinaryIO, copy: BinaryIO) -> tuple[int, str]:
    """Copy a file. Returns its bytes and their sha256."""
    sha256, size = hashlib.sha256(), 0
    writes = not isinstance(copy, io.BytesIO)
    while block := file.read(BLOCK_BYTES):
        sha256.update(block)
        size += len(block)
        if writes:
            copy.write(block)
    return size, sha256.hexdigest()


def name_again(path: Path, final: Path) -> None:
    """Give a file another name; where the disk knows no such thing, a copy."""
    final.parent.mkdir(parents=True, exist_ok=True)
    try:
        os.link(path, final)
    except FileExistsError as error:
        raise UnfitBackup(damaged(final.name, "it comes twice")) from error
    except OSError:
        shutil.copyfile(path, final)


@contextmanager
def filled(root: Path) -> Iterator[Path]:
    """Yields an empty folder, of which the content is at the path once the block has ended well.

    Raises:
        UnfitBackup: the disk is full.
    """
    there = root.exists()  # perhaps as the place where a disk is mounted: it cannot be replaced
    part = (root if there else root.parent) / f".restore.{secrets.token_hex(4)}.part"
    with room_expected(root, "name another folder with --data-dir; nothing was restored."):
        try:
            part.mkdir(mode=0o700, parents=True)
            yield part
            if there:
                moved(part, root)
            else:
                part.rename(root)
            sync_folder(root.parent)
        finally:
            shutil.rmtree(part, ignore_errors=True)


def moved(part: Path, root: Path) -> None:
    """Move what is in one folder into another; whoever dies meanwhile leaves no store there."""
    write_atomically(root / VERSION, UNDER_WAY)
    for path in sorted(part.iterdir(), key=lambda path: path.name == VERSION):
        path.replace(root / path.name)
    sync_folder(root)
    with suppress(OSError):
        part.rmdir()
