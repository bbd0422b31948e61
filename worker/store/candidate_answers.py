"""What candidates of sweeps answered for the validation rows, by which they are told apart.

jobs/{id}/answers/ validation.safetensors
"""

from pathlib import Path
from typing import BinaryIO

from worker.data.row_answers import RowAnswers, arrays_of, of_arrays
from worker.store import tensor_file
from worker.system.files import make_folder, write_aside

SPLIT = "validation"
MOST_ROWS = 20_000  # which tell apart what is worth telling apart; of more, the first


class CandidateAnswers:
    """A file for each candidate, in the folder of its job."""

    def __init__(self, root: Path) -> None:
        self._root = root

    def keep(self, job_id: str, answers: RowAnswers) -> None:
        """Keep what the model of a job answered.

        Raises:
            StoreFull: the disk is full.
        """
        path = self._path(job_id)

        def write(file: BinaryIO) -> Path:
            tensor_file.write(file, arrays_of({SPLIT: answers.first(MOST_ROWS)}))
            return path

        make_folder(path.parent)
        write_aside(path, write)

    def of(self, job_id: str) -> RowAnswers | None:
        """Returns what it answered, memory-mapped; None where that was not kept."""
        path = self._path(job_id)
        return of_arrays(tensor_file.read(path)[0])[SPLIT] if path.exists() else None

    def _path(self, job_id: str) -> Path:
        return self._root / job_id / "answers" / f"{SPLIT}.safetensors"
