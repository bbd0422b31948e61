"""What a model says of all rows of a request, as tensors."""

from collections.abc import Sequence
from math import prod
from typing import Any, NamedTuple

import numpy as np

from worker.errors import DamagedModel, LimitExceeded
from worker.nn.arrays import Array
from worker.serving.loaded_models import Loaded
from worker.serving.signatures import PROBABILITY
from worker.serving.tensors import packed

JSON_BYTES = 24  # of a number, with its comma


class Answered(NamedTuple):
    """A tensor to be sent.

    Attributes:
        data: its bytes, or a flat list for JSON.
    """

    shape: tuple[int, ...]
    data: bytes | list[Any]


class Answers:
    """Probabilities of each class and the most probable one, for rows that come in blocks.

    Raises:
        LimitExceeded: they would be more than so many bytes in JSON.
    """

    def __init__(self, model: Loaded, rows: int, most_bytes: int) -> None:
        shape = rows, len(model.classes)
        if prod(shape) * JSON_BYTES > most_bytes:
            raise LimitExceeded(
                f"Expected an answer of at most {most_bytes:,} bytes, but {rows:,} rows of "
                f"{shape[1]:,} classes may be more. Send fewer rows."
            )
        self._model, self._done = model, 0
        self._probabilities = np.zeros(shape, "<f4")
        self._best = np.zeros(rows, np.intp)

    def add(self, samples: Array) -> None:
        """Ask the model about the next rows, (m, …), no more than it takes at once.

        Raises:
            DamagedModel: it answers with something that is no number.
        """
        found = self._model.probabilities(samples)
        if not np.isfinite(found).all():
            raise DamagedModel(
                f"Expected version {self._model.version} of {self._model.name} to answer with "
                "probabilities, but for these rows its numbers grow beyond all bounds. Train it "
                "again."
            )
        at = slice(self._done, self._done + len(found))
        self._probabilities[at], self._best[at] = found, found.argmax(axis=1)
        self._done += len(found)

    def add_each(self, samples: Sequence[Array]) -> None:
        """Ask about the next rows, however many, each an array of its own; as `add` does."""
        step = self._model.rows_at_once
        for at in range(0, len(samples), step):
            self.add(np.stack(samples[at : at + step]))

    def tensor(self, name: str, *, binary: bool) -> Answered:
        """Returns an output by its name in the signature."""
        if name == PROBABILITY:
            numbers = self._probabilities
            data = numbers.tobytes() if binary else numbers.reshape(-1).tolist()
            return Answered(numbers.shape, data)
        labels = [self._model.classes[index] for index in self._best.tolist()]
        if binary:
            return Answered(self._best.shape, packed([label.encode() for label in labels]))
        return Answered(self._best.shape, labels)
