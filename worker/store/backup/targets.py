"""Where a backup is written: one file, or a folder. Nobody sees it under its name before it is
whole."""

import hashlib
import io
import os
import shutil
import tarfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO, Protocol

from worker.store.backup.manifest import MANIFEST, UnfitBackup
from worker.store.backup.room import room_expected
from worker.system.files import free_bytes, sync_folder, sync_tree, temp_path

BLOCK_BYTES = 2**20  # read at a time
TAR = ".tar"  # how the name of a backup ends that is one file


class Target(Protocol):
    """What takes the files of a backup."""

    def add(self, path: str, file: BinaryIO, size: int) -> str:
        """Take so many bytes of a file. Returns their sha256."""

    def end(self, manifest: bytes) -> None:
        """Take what is said of all, and make it durable."""


class Digesting(io.RawIOBase):
    """A file whose bytes are digested as they are read."""

    def __init__(self, file: BinaryIO) -> None:
        self._file, self.sha256 = file, hashlib.sha256()

    def read(self, size: int = -1) -> bytes:
        block = self._file.read(size)
        self.sha256.update(block)
        return block


class TarTarget:
    """One file, as `tar` reads it; the manifest is the last of its members."""

    def __init__(self, part: Path) -> None:
        # Nothing is held back, which could not be written when the disk is full.
        self._opened = part.open("xb", buffering=0)
        self._archive = tarfile.TarFile(
            fileobj=self._opened, mode="w", format=tarfile.PAX_FORMAT, copybufsize=BLOCK_BYTES
        )

    def add(self, path: str, file: BinaryIO, size: int) -> str:
        digesting = Digesting(file)
        entry = tarfile.TarInfo(path)
        entry.size, entry.mode = size, 0o600
        self._archive.addfile(entry, digesting)
        return digesting.sha256.hexdigest()

    def end(self, manifest: bytes) -> None:
        self.add(MANIFEST, io.BytesIO(manifest), len(manifest))
        self._archive.close()
        os.fsync(self._opened.fileno())

    def close(self) -> None:
        self._opened.close()


class FolderTarget:
    """A folder with the same files below it."""

    def __init__(self, part: Path) -> None:
        self._part = part
        part.mkdir(mode=0o700)

    def add(self, path: str, file: BinaryIO, size: int) -> str:
        final = self._part / path
        final.parent.mkdir(parents=True, exist_ok=True)
        sha256, left = hashlib.sha256(), size
        with final.open("xb") as copy:
            while block := file.read(min(left, BLOCK_BYTES)):
                sha256.update(block)
                copy.write(block)
                left -= len(block)
        return sha256.hexdigest()

    def end(self, manifest: bytes) -> None:
        (self._part / MANIFEST).write_bytes(manifest)
        sync_tree(self._part)

    def close(self) -> None:
        pass


@contextmanager
def target(final: Path, wanted_bytes: int) -> Iterator[Target]:
    """Yields what takes a backup, which is at this path once the block has ended well.

    Raises:
        UnfitBackup: something is there already, or there is no room for so many bytes.
        OSError: it cannot be written.
    """
    final = final.absolute()
    refuse_taken(final)
    if (free := free_bytes(final.parent)) < wanted_bytes:
        raise UnfitBackup(
            f"Expected {wanted_bytes:,} free bytes at {final.parent}, got {free:,}. Make room, or "
            "name another place."
        )
    part = temp_path(final)
    taking = TarTarget(part) if final.suffix == TAR else FolderTarget(part)
    with room_expected(final.parent, "name another place; nothing was left there."):
        try:
            yield taking
            refuse_taken(final)
            part.rename(final)
            sync_folder(final.parent)
        finally:
            taking.close()
            if part.is_dir():
                shutil.rmtree(part, ignore_errors=True)
            part.unlink(missing_ok=True)


def refuse_taken(final: Path) -> None:
    if os.path.lexists(final):
        raise UnfitBackup(
            f"Expected nothing at {final}, got something. Name another place, or remove that first."
        )
    if not final.parent.is_dir():
        raise UnfitBackup(f"Expected a folder at {final.parent}, and there is none. Make it first.")
