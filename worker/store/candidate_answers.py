"""What candidates of sweeps answered for the validation rows, by which they are told apart.

jobs/{id}/answers/ {digest}.safetensors
"""

import logging
from pathlib import Path
from typing import BinaryIO

from worker.data.row_answers import RowAnswers, arrays_of, of_arrays
from worker.store import tensor_file
from worker.system.files import make_folder, write_aside

SPLIT = "validation"
MOST_ROWS = 20_000  # which tell apart what is worth telling apart; of more, the first

log = logging.getLogger(__name__)


class CandidateAnswers:
    """A file for each candidate, in the folder of its job."""

    def __init__(self, root: Path) -> None:
        self._root = root

    def keep(self, job_id: str, answers: RowAnswers) -> None:
        """Keep what the model of a job answered, in place of what was kept before.

        Raises:
            StoreFull: the disk is full.
        """
        folder = self._folder(job_id)
        before = {*folder.glob("*.safetensors")}

        def write(file: BinaryIO) -> Path:
            # In the name, so that a damaged file is known as such.
            digest = tensor_file.write(file, arrays_of({SPLIT: answers.first(MOST_ROWS)}))
            before.discard(path := folder / f"{digest}.safetensors")
            return path

        make_folder(folder)
        write_aside(folder / SPLIT, write)
        for path in before:
            path.unlink(missing_ok=True)

    def of(self, job_id: str) -> RowAnswers | None:
        """Returns what it answered, memory-mapped; None where that was not kept, or is damaged."""
        for path in self._folder(job_id).glob("*.safetensors"):
            with path.open("rb") as file:
                found = tensor_file.digest(file)
            if path.stem == found:
                return of_arrays(tensor_file.read(path)[0])[SPLIT]
            log.warning("%s is damaged and left aside", path)
        return None

    def _folder(self, job_id: str) -> Path:
        return self._root / job_id / "answers"
