"""What is to be learned: as much of a dataset as is known without its rows."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from math import prod
from typing import Self

from worker.data.dataset import Dataset
from worker.jsontypes import Json

TABLE = "table"  # the kind of samples that are rows of one


@dataclass(frozen=True)
class Problem:
    """Samples of one shape, and the classes that they belong to.

    Attributes:
        shape: of a sample: (height, width, channels) of a picture, (features,) of other rows.
        classes: how many there are.
        rows: how many samples each split of the dataset has.
        dtype: of the samples as they are stored, NumPy's name for it.
        normalized: whether they have the mean 0 and the deviation 1 as they are stored: rows of a
            table, which its import has normalized.
        mirrored: whether as many training samples of mirrored pictures lie behind those of `rows`.
    """

    shape: tuple[int, ...]
    classes: int
    rows: Mapping[str, int]
    dtype: str = "uint8"
    normalized: bool = False
    mirrored: bool = False

    @classmethod
    def of_dataset(cls, dataset: Dataset) -> Self:
        rows = {name: len(split) for name, split in dataset.splits.items()}
        dtype = dataset.train.x.dtype.name
        table, shape = dataset.preprocessing.get("kind") == TABLE, tuple(dataset.shape)
        return cls(shape, len(dataset.classes), rows, dtype, table, dataset.mirrored)

    @classmethod
    def of_manifest(cls, manifest: Json) -> Self:
        """As the manifest of a dataset tells it; no array is opened."""
        rows = {name: int(split["rows"]) for name, split in manifest["splits"].items()}
        dtype, table = (
            manifest.get("dtype", "uint8"),
            manifest["preprocessing"].get("kind") == TABLE,
        )
        return cls(tuple(manifest["shape"]), len(manifest["classes"]), rows, dtype, table)

    def by_features(self, count: int, mirrored: bool) -> Self:
        """The same, of which so many features are learned that a backbone has made of pictures."""
        return replace(self, shape=(count,), dtype="float32", mirrored=mirrored)

    @property
    def features(self) -> int:
        """Numbers in a sample."""
        return prod(self.shape)
