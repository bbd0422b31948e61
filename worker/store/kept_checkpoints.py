"""Checkpoints that stay for whoever may want to publish one: at the ends of epochs.

jobs/{id}/kept/{place}.{digest}.safetensors, another name of the file that a run could go on from
"""

import os
import shutil
from collections.abc import Iterator
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import NamedTuple

from worker.system.files import full_disk_named, make_folder, sync_folder


class KeptCheckpoint(NamedTuple):
    """A file of one.

    Attributes:
        epoch: at whose end the run stood.
        bytes: of the file.
    """

    epoch: int
    created_at: datetime
    bytes: int


class KeptCheckpoints:
    """Of all jobs. Whoever goes on from a file knows it by the digest in its name."""

    def __init__(self, root: Path) -> None:
        self._root = root

    def keep(self, job_id: str, place: str, most: int) -> None:
        """Have the checkpoint of this place stay, and no more than so many, the newest."""
        folder = self._folder(job_id)
        for path in (self._root / job_id / "checkpoints").glob(f"{place}.*.safetensors"):
            link(path, folder / path.name)
        staying = self._files(job_id)[-most:]
        for path in folder.glob("*.safetensors"):
            if path not in staying:
                path.unlink(missing_ok=True)

    def of(self, job_id: str) -> Iterator[KeptCheckpoint]:
        """Yields those of a job, the newest first."""
        for path in reversed(self._files(job_id)):
            with suppress(FileNotFoundError):  # a newer one has taken its place meanwhile
                about = path.stat()
                made = datetime.fromtimestamp(about.st_mtime, UTC)
                yield KeptCheckpoint(epoch_of(path), made, about.st_size)

    def lend(self, job_id: str, epoch: int, to: str) -> bool:
        """Give another job the checkpoint to go on from, which it keeps though this one is gone.
        Returns whether there is one of this epoch."""
        for path in self._files(job_id):
            if epoch_of(path) == epoch:
                with suppress(FileNotFoundError):
                    link(path, self._root / to / "checkpoints" / path.name)
                    return True
        return False

    def drop(self, job_id: str) -> None:
        """Remove all of a job."""
        shutil.rmtree(self._folder(job_id), ignore_errors=True)

    def _folder(self, job_id: str) -> Path:
        return self._root / job_id / "kept"

    def _files(self, job_id: str) -> list[Path]:
        """A file for each epoch of a job, the oldest first; two of an epoch differ in what a clock
        says alone."""
        found = sorted(self._folder(job_id).glob("*.safetensors"))
        return [*{epoch_of(path): path for path in found}.values()]


def epoch_of(path: Path) -> int:
    return int(path.name.partition("-")[0])


def link(path: Path, other: Path) -> None:
    """Give the file another name, as durably as its own.

    Raises:
        StoreFull: the disk is full.
    """
    make_folder(other.parent)
    with full_disk_named():
        with suppress(FileExistsError):
            os.link(path, other)
        sync_folder(other.parent)
