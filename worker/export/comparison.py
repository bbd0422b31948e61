"""Whether an exported model answers as the one here does, by the runtime that others have."""

from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from worker.data.backbones.running import not_run, open_session
from worker.export.model_file import OUTPUT
from worker.export.samples import Given
from worker.findings.paired import difference_interval
from worker.jsontypes import Json

TOGETHER_BYTES = 2**23  # of samples that are given at a time

Probabilities = NDArray[np.floating[Any]]


def answered(file: Path, given: Given, threads: int, *, one_by_one: bool) -> Probabilities:
    """Returns what an ONNX file answers, (m, classes).

    Args:
        one_by_one: whether it takes one sample at a time.

    Raises:
        UnsupportedFile, LimitExceeded: the runtime cannot run it.
    """
    session = open_session(file, threads)
    rows = len(next(iter(given.values())))
    row_bytes = sum(array[:1].nbytes for array in given.values())
    step = 1 if one_by_one else max(1, TOGETHER_BYTES // row_bytes)
    found = []
    for at in range(0, rows, step):
        part = {name: array[at : at + step] for name, array in given.items()}
        try:
            found += session.run([OUTPUT], part)
        except Exception as error:  # its errors have no class in common
            raise not_run(error) from error
    return np.concatenate(found)


def difference(expected: Probabilities, found: Probabilities) -> float:
    """Returns the largest difference in probability; infinite where something is no number."""
    largest = float(np.abs(expected - found).max(initial=0))
    return largest if np.isfinite(largest) else float("inf")


def loss_of_accuracy(
    labels: NDArray[np.int64], expected: Probabilities, found: Probabilities
) -> Json:
    """Returns how much less often the second answers right than the first, on the same rows, with
    the interval of that."""
    first, second = (each.argmax(axis=1) == labels for each in (expected, found))
    rows, both = len(labels), int((first & second).sum())
    only = int((first & ~second).sum()), int((second & ~first).sum())
    return {
        "accuracy": float(second.mean()),
        "accuracy_lost": (only[0] - only[1]) / rows,
        "interval": [*difference_interval(both, *only, rows)],
        "changed": int((expected.argmax(axis=1) != found.argmax(axis=1)).sum()),
    }
