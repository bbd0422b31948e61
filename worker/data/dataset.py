"""A dataset as training sees it."""

from dataclasses import dataclass

from worker.nn.backend import Array


@dataclass(frozen=True)
class Split:
    """One part of a dataset.

    Attributes:
        x: samples, (rows, …), uint8, memory-mapped.
        y: their classes, (rows,), int64.
    """

    x: Array
    y: Array

    def __len__(self) -> int:
        return len(self.y)


@dataclass(frozen=True)
class Dataset:
    """What an import left: unchanging, and known by its digest."""

    id: str
    digest: str
    classes: list[str]
    shape: list[int]
    preprocessing: dict[str, object]
    splits: dict[str, Split]

    @property
    def train(self) -> Split:
        return self.splits["train"]
