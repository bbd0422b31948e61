"""A column of a table, as numbers: how each of its cells is seen, in training as in prediction."""

from dataclasses import asdict, dataclass
from functools import cached_property
from typing import Any, ClassVar, Literal

import numpy as np
from numpy.typing import NDArray

Cells = NDArray[Any]
Numbers = NDArray[np.float64]
Features = NDArray[np.float32]

LARGEST = float(np.finfo(np.float32).max)
# In the place of a text's number among the categories.
MISSING, UNKNOWN = -1, -2


@dataclass(frozen=True)
class NumberColumn:
    """A column of numbers: one feature of mean 0 and deviation 1, and perhaps one that is 1 where
    the number is missing.

    Attributes:
        mean, deviation: of the training rows; a deviation of 0 where all are the same.
        median: of the training rows, which stands for what is missing.
        missing: whether any of the training rows lacks it; only then there is a feature for that.
    """

    name: str
    mean: float
    deviation: float
    median: float
    missing: bool
    kind: Literal["number"] = "number"

    dtype: ClassVar[str] = "float64"

    @property
    def features(self) -> int:
        return 1 + self.missing

    @property
    def feature_names(self) -> list[str]:
        return [self.name, *_missing(self)]

    def encode(self, cells: Cells, features: Features) -> None:
        """Write the features of these cells, (m, features), where there are zeros.

        Args:
            cells: (m,), float64, of at most LARGEST; nan where one is missing.
        """
        lacking = np.isnan(cells)
        if self.deviation:
            distance = np.where(lacking, self.median, cells) if lacking.any() else cells
            distance = distance - self.mean
            with np.errstate(over="ignore"):  # of numbers that are far from those of training
                distance /= self.deviation
            features[:, 0] = np.clip(distance, -LARGEST, LARGEST, out=distance)
        if self.missing:
            features[:, 1] = lacking

    def as_dict(self) -> dict[str, Any]:
        """Returns it as plain JSON."""
        return asdict(self)


@dataclass(frozen=True)
class TextColumn:
    """A column of few texts: a feature for each category, which is 1 where the cell is that, and
    perhaps one that is 1 where the cell is empty.

    Attributes:
        categories: the texts of the training rows, in the order of their features.
        missing: whether any of the training rows lacks it; only then there is a feature for that.
    """

    name: str
    categories: tuple[str, ...]
    missing: bool
    kind: Literal["text"] = "text"

    dtype: ClassVar[str] = "int64"

    @property
    def features(self) -> int:
        return len(self.categories) + self.missing

    @property
    def feature_names(self) -> list[str]:
        return [*(f"{self.name} = {category}" for category in self.categories), *_missing(self)]

    @cached_property
    def places(self) -> dict[str, int]:
        """Of each category its place."""
        return {category: place for place, category in enumerate(self.categories)}

    def encode(self, cells: Cells, features: Features) -> None:
        """Write the features of these cells, (m, features), where there are zeros: nothing for a
        text that no training row has.

        Args:
            cells: (m,), int64: the places of the texts among the categories, MISSING or UNKNOWN.
        """
        known = np.flatnonzero(cells >= 0)
        features[known, cells[known]] = 1
        if self.missing:
            features[:, -1] = cells == MISSING

    def as_dict(self) -> dict[str, Any]:
        """Returns it as plain JSON."""
        return {**asdict(self), "categories": [*self.categories]}


Column = NumberColumn | TextColumn


def _missing(column: Column) -> list[str]:
    """The name of the feature that is 1 where a cell is missing, if there is one."""
    return [f"{column.name} is missing"] if column.missing else []


def column_of(values: dict[str, Any]) -> Column:
    """Returns the column that `as_dict` told."""
    if values["kind"] == "number":
        return NumberColumn(**values)
    return TextColumn(**{**values, "categories": tuple(values["categories"])})
