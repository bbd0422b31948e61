"""Uploaded files that are kept with their datasets, each once however often it was uploaded.

originals/{sha256}                           the file, as long as a dataset has it
datasets/{id}/originals/{number}-{label}     the same file under another name, a hard link
"""

import hashlib
import logging
import os
from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path

from worker.errors import StoreFull
from worker.store.space import Space

FOLDER = "originals"  # in that of a dataset
BLOCK_BYTES = 2**20  # read at a time

log = logging.getLogger(__name__)


class Originals:
    """What was uploaded, by its bytes. Deleting a dataset deletes its own name of a file, and the
    last one takes the file with it."""

    def __init__(self, root: Path, space: Space) -> None:
        self._root, self._space = root, space

    def keep(self, files: Sequence[Path], dataset: Path, check: Callable[[], None]) -> None:
        """Keep the files of an upload with the dataset that came of them, unless the reserve is not
        free, or the disk knows no hard links.

        Args:
            dataset: the folder in which it is being made.
            check: raises when it is no longer wanted; called for each block.
        """
        digests, folder = [sha256_of(file, check) for file in files], dataset / FOLDER
        try:  # they need no more room than the upload has taken already
            self._space.check()
            self._root.mkdir(exist_ok=True)
            folder.mkdir()
            for file, digest in zip(files, digests, strict=True):
                self._link(file, self._root / digest, folder / file.name)
        except (StoreFull, OSError) as error:
            log.warning("originals are not kept: %s", error)
            for path in folder.glob("*"):
                path.unlink()
            with suppress(OSError):
                folder.rmdir()

    def drop_unused(self) -> None:
        """Remove the files that no dataset has any more."""
        for path in self._root.glob("*"):
            with suppress(FileNotFoundError):  # somebody else removes it too
                if path.stat().st_nlink == 1:
                    path.unlink()

    def _link(self, file: Path, by_bytes: Path, own: Path) -> None:
        with suppress(FileExistsError):  # it was uploaded before
            os.link(file, by_bytes)
        try:
            os.link(by_bytes, own)
        except FileNotFoundError:  # whoever had it was deleted just now
            os.link(file, own)


def sha256_of(file: Path, check: Callable[[], None]) -> str:
    """Returns the digest of a file's bytes, in hexadecimal."""
    digest = hashlib.sha256()
    with file.open("rb") as opened:
        while block := opened.read(BLOCK_BYTES):
            check()
            digest.update(block)
    return digest.hexdigest()
