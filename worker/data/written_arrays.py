"""A dataset whose arrays are written, as it is looked at before anyone trains on it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from worker.data import alike
from worker.data.digests import are_different, places_among
from worker.data.looks import Looks, looks_of
from worker.data.progress import Tell, counting, untold
from worker.data.rows import read_blocks
from worker.data.tables.preprocessing import TablePreprocessing

FLAT = 3.0  # of 0 to 255: the deviation of its numbers below which a picture shows nothing


@dataclass(frozen=True)
class WrittenArrays:
    """The arrays of a dataset, and what is known of them.

    Attributes:
        folder: where they are: train_x.npy and so on.
        classes: their names.
        per_class: for each split the rows of each class.
        about: what is known of the files of the training rows, (rows,) each, by its name.
        table: how rows of a table became numbers; None where they are pictures.
        tell: called with how many of the rows were looked at.
    """

    folder: Path
    classes: Sequence[str]
    per_class: Mapping[str, Sequence[int]]
    about: Mapping[str, Sequence[Any]] = field(default_factory=dict)
    table: TablePreprocessing | None = None
    tell: Tell = untold

    @property
    def samples(self) -> str:
        """What messages call its rows."""
        return "pictures" if self.table is None else "rows"

    @property
    def test_rows(self) -> int:
        return sum(self.per_class["test"])

    @cached_property
    def looks(self) -> dict[str, Looks]:
        """Of each split."""
        seen = counting(self.tell, "checking", sum(map(sum, self.per_class.values())))
        return {split: looks_of(self.x(split), seen) for split in self.per_class}

    @cached_property
    def repeats(self) -> list[list[int]]:
        """The training rows that are there more than once, together."""
        digests = self.looks["train"].digests
        if are_different(digests):
            return []
        order = np.argsort(digests, kind="stable")
        begins = np.flatnonzero(np.r_[True, digests[order][1:] != digests[order][:-1]])
        ends = np.r_[begins[1:], len(order)]
        several = ends - begins > 1
        return [
            order[begin:end].tolist()
            for begin, end in zip(begins[several], ends[several], strict=True)
        ]

    @cached_property
    def alike(self) -> list[alike.Pair]:
        """Training rows, each with a test row that looks almost like it."""
        train, test = self.looks["train"], self.looks["test"]
        return alike.pairs(self.x("train"), train, self.x("test"), test)

    @cached_property
    def in_both(self) -> NDArray[np.int64]:
        """The test rows that the training split has too, byte for byte."""
        return places_among(self.looks["test"].digests, self.looks["train"].digests)

    @cached_property
    def flat(self) -> dict[str, NDArray[np.int64]]:
        """The pictures of each split that show nothing."""
        return {split: np.flatnonzero(own.spread < FLAT) for split, own in self.looks.items()}

    @cached_property
    def constant(self) -> NDArray[np.bool_]:
        """Which features are the same in every training row, (features,)."""
        lowest = highest = None
        for block in read_blocks(self.x("train")):
            low, high = block.min(axis=0).ravel(), block.max(axis=0).ravel()
            lowest = low if lowest is None else np.minimum(lowest, low)
            highest = high if highest is None else np.maximum(highest, high)
            if (lowest != highest).all():  # and no further row could change that
                break
        return np.asarray(lowest == highest)

    def x(self, split: str) -> Path:
        return self.folder / f"{split}_x.npy"

    def labels(self, split: str) -> NDArray[np.int64]:
        labels: NDArray[np.int64] = np.load(self.folder / f"{split}_y.npy", allow_pickle=False)
        return labels
