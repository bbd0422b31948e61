"""The rows of a dataset, each with the digest by which it is found again elsewhere."""

from collections.abc import Iterator
from hashlib import sha256
from typing import NamedTuple

from worker.data.dataset import Dataset


class ListedRow(NamedTuple):
    """A row: its split, its place there from 0, its class, and the sha256 of its bytes."""

    split: str
    row: int
    label: str
    sha256: str


def rows_of(dataset: Dataset) -> Iterator[list[ListedRow]]:
    """Yields all rows in the order in which they are stored, some at a time."""
    for name, split in dataset.splits.items():
        row = 0
        for samples in split.blocks():
            labels = split.y[row : row + len(samples)]
            yield [
                ListedRow(name, row + at, dataset.classes[label], sha256(sample.data).hexdigest())
                for at, (label, sample) in enumerate(zip(labels, samples, strict=True))
            ]
            row += len(samples)
