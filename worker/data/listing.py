"""The rows of a dataset, each with the digest by which it is found again elsewhere."""

from collections.abc import Iterator
from hashlib import sha256
from typing import NamedTuple

from worker.data.dataset import Dataset, block_rows

MOST_AT_ONCE = 1_000  # rows, of which each is some hundred bytes of text


class ListedRow(NamedTuple):
    """A row: its split, its place there from 0, its class, and the sha256 of its bytes."""

    split: str
    row: int
    label: str
    sha256: str


def rows_of(dataset: Dataset) -> Iterator[list[ListedRow]]:
    """Yields all rows in the order in which they are stored, some at a time."""
    for name, split in dataset.splits.items():
        step = min(MOST_AT_ONCE, block_rows(split.x[:1].size))
        for begin in range(0, len(split), step):
            labels = split.y[begin : begin + step]
            samples = split.samples(slice(begin, begin + step))
            yield [
                ListedRow(name, row, dataset.classes[label], sha256(sample.data).hexdigest())
                for row, (label, sample) in enumerate(zip(labels, samples, strict=True), begin)
            ]
