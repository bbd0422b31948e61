"""The rows of stored datasets, split by split, and what becomes of each in a new version."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from worker.data.dataset import SPLITS
from worker.errors import InvalidParameter
from worker.jsontypes import Json

DROPPED = -1


@dataclass(frozen=True)
class Stored:
    """A dataset of the store, as far as a new version needs it.

    Attributes:
        folder: of its arrays, by which is decided what becomes of rows.
        classes: their names.
        preprocessing: of its samples, as `Preprocessing.as_dict` returns it.
        samples: of arrays of the same rows, perhaps of another size, which go into the new version.
    """

    folder: Path
    classes: Sequence[str]
    preprocessing: dict[str, Any]
    samples: Path

    def as_dict(self) -> Json:
        """Returns it as plain JSON."""
        paths = {name: str(getattr(self, name).absolute()) for name in ("folder", "samples")}
        return {**vars(self), **paths}

    @classmethod
    def from_dict(cls, values: Json) -> Self:
        return cls(
            **{**values, "folder": Path(values["folder"]), "samples": Path(values["samples"])}
        )

    def parts(self) -> "list[Part]":
        """Returns its rows, each as it is.

        Raises:
            InvalidParameter: the samples are not of the same rows.
        """
        splits = [split for split in SPLITS if (self.folder / f"{split}_x.npy").exists()]
        return [Part.whole(self, split) for split in splits]


@dataclass(frozen=True)
class Part:
    """The rows of one split of a stored dataset. What becomes of them is changed in place.

    Attributes:
        old_x, x: the files of their samples as they were, and as they will be.
        split: in which they are.
        labels: their classes in the new version, (rows,).
        to: their splits in the new version, (rows,): places in SPLITS, or DROPPED.
    """

    old_x: Path
    x: Path
    split: str
    labels: NDArray[np.int64]
    to: NDArray[np.int8]

    @classmethod
    def whole(cls, stored: Stored, split: str) -> Self:
        """Returns all rows of a split, which stay as they are."""
        labels, again = (_labels(folder, split) for folder in (stored.folder, stored.samples))
        if not np.array_equal(labels, again):
            raise InvalidParameter(
                "Expected the uploaded files to hold the rows that the dataset has, but they are "
                "read otherwise today; upload them again with that image_size.",
                "/image_size",
            )
        to = np.full(len(labels), SPLITS.index(split), np.int8)
        old_x, x = (folder / f"{split}_x.npy" for folder in (stored.folder, stored.samples))
        return cls(old_x, x, split, labels, to)

    @property
    def kept(self) -> NDArray[np.bool_]:
        """Which rows are in the new version, (rows,)."""
        kept: NDArray[np.bool_] = self.to != DROPPED
        return kept


def _labels(folder: Path, split: str) -> NDArray[np.int64]:
    path = folder / f"{split}_y.npy"
    return np.load(path, allow_pickle=False) if path.exists() else np.zeros(0, np.int64)


def rows_of(parts: Sequence[Part]) -> dict[str, int]:
    """Returns how many rows each split of the new version has."""
    counts = sum(np.bincount(part.to[part.kept], minlength=len(SPLITS)) for part in parts)
    return dict(zip(SPLITS, np.asarray(counts).tolist(), strict=True))
