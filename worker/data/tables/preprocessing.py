"""How a row of a table becomes numbers: the same in training and in prediction."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Literal, Self

import numpy as np
from numpy.typing import NDArray

from worker.data.preprocessing import Preprocessing
from worker.data.tables.columns import Cells, Column, column_of


@dataclass(frozen=True)
class TablePreprocessing:
    """How a row becomes numbers; kept in the dataset and in every model trained on it.

    Attributes:
        label: the name of the column that has the classes.
        columns: all others that are used, in their order.
        kind: beside that of pictures.
        dtype: of the rows as the dataset has them, NumPy's name for it.
    """

    label: str
    columns: tuple[Column, ...]
    kind: Literal["table"] = "table"
    dtype: str = "float32"

    @cached_property
    def shape(self) -> tuple[int]:
        """Of an encoded row: (features,)."""
        return (sum(column.features for column in self.columns),)

    @property
    def feature_names(self) -> list[str]:
        """What each feature says: a number's column, `colour = red`, `age is missing`."""
        return [name for column in self.columns for name in column.feature_names]

    def encoded(self, cells: Sequence[Cells]) -> NDArray[np.float32]:
        """Returns rows, (m, features).

        Args:
            cells: of each column, (m,), as the column wants them.
        """
        found, at = np.zeros((len(cells[0]), *self.shape), np.float32), 0
        for column, own in zip(self.columns, cells, strict=True):
            column.encode(own, found[:, at : at + column.features])
            at += column.features
        return found

    def as_dict(self) -> dict[str, Any]:
        """Returns it as plain JSON."""
        columns = [column.as_dict() for column in self.columns]
        return {"kind": self.kind, "dtype": self.dtype, "label": self.label, "columns": columns}

    @classmethod
    def from_dict(cls, values: Mapping[str, Any]) -> Self:
        """Returns what a manifest says."""
        columns = tuple(column_of(column) for column in values["columns"])
        return cls(values["label"], columns)


def preprocessing_of(values: Mapping[str, Any]) -> Preprocessing | TablePreprocessing:
    """Returns how samples become numbers, as a manifest says it."""
    if "columns" in values:
        return TablePreprocessing.from_dict(values)
    return Preprocessing.from_dict(values)
