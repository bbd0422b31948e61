"""The rows of a dataset, each with the digest by which it is found again elsewhere."""

from collections.abc import Callable, Iterator, Sequence
from hashlib import sha256
from typing import NamedTuple

from worker.data.dataset import Dataset, block_rows

MOST_AT_ONCE = 1_000  # rows, of which each is some hundred bytes of text


class ListedRow(NamedTuple):
    """A row: its split, its place there from 0, its class, the sha256 of its bytes, and how its
    file was called in the upload, empty where that is not known."""

    split: str
    row: int
    label: str
    sha256: str
    source: str


def rows_of(
    dataset: Dataset, names: Callable[[str], Sequence[str] | None]
) -> Iterator[list[ListedRow]]:
    """Yields all rows in the order in which they are stored, some at a time.

    Args:
        names: returns how the rows of a split were called, if that is known.
    """
    for name, split in dataset.splits.items():
        sources = names(name) or [""] * len(split)
        step = min(MOST_AT_ONCE, block_rows(split.x[:1].size))
        for begin in range(0, len(split), step):
            labels = split.y[begin : begin + step]
            samples = split.samples(slice(begin, begin + step))
            yield [
                ListedRow(
                    name, row, dataset.classes[label], sha256(sample.data).hexdigest(), sources[row]
                )
                for row, (label, sample) in enumerate(zip(labels, samples, strict=True), begin)
            ]
