"""The rows of stored datasets, split by split, and what becomes of each in a new version."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from worker.data.dataset import SPLITS
from worker.jsontypes import Json

DROPPED = -1


@dataclass(frozen=True)
class Stored:
    """A dataset of the store, as far as a new version needs it.

    Attributes:
        folder: of its arrays.
        classes: their names.
        preprocessing: as `Preprocessing.as_dict` returns it.
    """

    folder: Path
    classes: Sequence[str]
    preprocessing: dict[str, Any]

    def as_dict(self) -> Json:
        """Returns it as plain JSON."""
        return {**vars(self), "folder": str(self.folder.absolute())}

    @classmethod
    def from_dict(cls, values: Json) -> Self:
        return cls(**{**values, "folder": Path(values["folder"])})

    def parts(self) -> "list[Part]":
        """Returns its rows, each as it is."""
        splits = [split for split in SPLITS if (self.folder / f"{split}_x.npy").exists()]
        return [Part.whole(self.folder, split) for split in splits]


@dataclass(frozen=True)
class Part:
    """The rows of one split of a stored dataset. What becomes of them is changed in place.

    Attributes:
        x: the file of their samples.
        split: in which they are.
        labels: their classes in the new version, (rows,).
        to: their splits in the new version, (rows,): places in SPLITS, or DROPPED.
    """

    x: Path
    split: str
    labels: NDArray[np.int64]
    to: NDArray[np.int8]

    @classmethod
    def whole(cls, folder: Path, split: str) -> Self:
        """Returns all rows of a split, which stay as they are."""
        labels = np.load(folder / f"{split}_y.npy", allow_pickle=False)
        to = np.full(len(labels), SPLITS.index(split), np.int8)
        return cls(folder / f"{split}_x.npy", split, labels, to)

    @property
    def kept(self) -> NDArray[np.bool_]:
        """Which rows are in the new version, (rows,)."""
        kept: NDArray[np.bool_] = self.to != DROPPED
        return kept


def rows_of(parts: Sequence[Part]) -> dict[str, int]:
    """Returns how many rows each split of the new version has."""
    counts = sum(np.bincount(part.to[part.kept], minlength=len(SPLITS)) for part in parts)
    return dict(zip(SPLITS, np.asarray(counts).tolist(), strict=True))
