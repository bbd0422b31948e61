"""What an attempt leaves of its work: a row for each epoch, and checkpoints to go on from.

jobs/{id}/ metrics.{attempt}.jsonl checkpoints/{place}.{digest}.safetensors
"""

import logging
import os
import shutil
from contextlib import suppress
from pathlib import Path
from typing import BinaryIO

from worker.jsontypes import Json
from worker.store import tensor_file
from worker.store.metrics_log import MetricsLog
from worker.store.metrics_page import MetricsPage
from worker.store.metrics_samples import sampled
from worker.store.space import BEGUN, TOLD, Space
from worker.store.tensor_file import Tensors
from worker.system.files import make_folder, remove_leftovers, write_aside

KEPT_CHECKPOINTS = 2

log = logging.getLogger(__name__)


class JobStore:
    """A folder for each job; no two attempts write to one file."""

    def __init__(self, root: Path, space: Space) -> None:
        self._root, self._space = root, space

    def metrics_log(self, job_id: str, attempt: int) -> MetricsLog:
        """Returns the log that this attempt writes its epochs to, empty."""
        return MetricsLog(self._metrics(job_id, attempt), self._space.reserved_bytes(TOLD))

    def metrics(
        self, job_id: str, attempt: int, after: int = 0, limit: int | None = None
    ) -> MetricsPage:
        """Returns the epochs behind `after` that are written so far, `limit` of them or all. A line
        that is still being written does not count."""
        return MetricsPage(self._metrics(job_id, attempt), after, limit)

    def sampled_metrics(self, job_id: str, attempt: int, most: int) -> list[Json]:
        """Returns epochs that are written so far, all or so many of them, spread evenly."""
        return sampled(self._metrics(job_id, attempt), most)

    def share_metrics(self, job_id: str, first: int, second: int) -> None:
        """Give the epochs of the first attempt to the second, which found the work done by it."""
        with suppress(FileExistsError, FileNotFoundError):
            os.link(self._metrics(job_id, first), self._metrics(job_id, second))

    def keep_checkpoint(self, job_id: str, place: str, tensors: Tensors, about: Json) -> None:
        """Keep what a run needs to go on from this place; places sort as the run goes.

        The one before is kept too, in case this one cannot be read when it is wanted.

        Raises:
            StoreFull: the disk is full, or half of the reserve would not be left free.
        """
        self._space.check(tensor_file.size(tensors), BEGUN)
        folder = self._checkpoints(job_id)

        def write(file: BinaryIO) -> Path:
            # In the name, so that a damaged file is known as such.
            digest = tensor_file.write(file, tensors, about)
            return folder / f"{place}.{digest}.safetensors"

        make_folder(folder)
        write_aside(folder / place, write)
        for old in sorted(folder.glob("*.safetensors"))[:-KEPT_CHECKPOINTS]:
            old.unlink(missing_ok=True)

    def newest_checkpoint(self, job_id: str) -> tuple[Tensors, Json] | None:
        """Returns the last checkpoint whose bytes are those that were written, its tensors
        memory-mapped, and what is said beside them; None where there is none."""
        for path in sorted(self._checkpoints(job_id).glob("*.safetensors"), reverse=True):
            with path.open("rb") as file:
                found = tensor_file.digest(file)
            if path.name.split(".")[-2] == found:
                return tensor_file.read(path)
            log.warning("%s is damaged and left aside", path)
        return None

    def drop_checkpoints(self, job_id: str) -> None:
        """Remove all checkpoints of a job."""
        shutil.rmtree(self._checkpoints(job_id), ignore_errors=True)

    def drop_leftovers(self, age_s: float) -> None:
        """Remove checkpoints that a process was writing when it died, once they are this old."""
        remove_leftovers(self._root.glob("*/*/*.part"), age_s)

    def _metrics(self, job_id: str, attempt: int) -> Path:
        return self._root / job_id / f"metrics.{attempt}.jsonl"

    def _checkpoints(self, job_id: str) -> Path:
        return self._root / job_id / "checkpoints"
