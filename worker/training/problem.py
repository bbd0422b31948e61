"""What is to be learned: as much of a dataset as is known without its rows."""

from collections.abc import Mapping
from dataclasses import dataclass
from math import prod
from typing import Self

from worker.data.dataset import Dataset
from worker.jsontypes import Json


@dataclass(frozen=True)
class Problem:
    """Samples of one shape, and the classes that they belong to.

    Attributes:
        shape: of a sample: (height, width, channels) of a picture, (features,) of other rows.
        classes: how many there are.
        rows: how many samples each split of the dataset has.
        dtype: of the samples as they are stored, NumPy's name for it.
    """

    shape: tuple[int, ...]
    classes: int
    rows: Mapping[str, int]
    dtype: str = "uint8"

    @classmethod
    def of_dataset(cls, dataset: Dataset) -> Self:
        rows = {name: len(split) for name, split in dataset.splits.items()}
        dtype = dataset.train.x.dtype.name
        return cls(tuple(dataset.shape), len(dataset.classes), rows, dtype)

    @classmethod
    def of_manifest(cls, manifest: Json) -> Self:
        """As the manifest of a dataset tells it; no array is opened."""
        rows = {name: int(split["rows"]) for name, split in manifest["splits"].items()}
        dtype = manifest.get("dtype", "uint8")
        return cls(tuple(manifest["shape"]), len(manifest["classes"]), rows, dtype)

    @property
    def of_table(self) -> bool:
        """Whether the samples are rows of a table."""
        return self.dtype == "float32"

    @property
    def features(self) -> int:
        """Numbers in a sample."""
        return prod(self.shape)
