"""What is seen of a dataset: a row, and what its numbers are like."""

from typing import Literal

from pydantic import BaseModel

SplitName = Literal["train", "validation", "test"]


class DatasetRow(BaseModel):
    """A row of a dataset. A picture is found at `picture`, another row has its `values`; `name` is
    that of its file in the upload, `sha256` of its bytes; `findings` are those that name it."""

    dataset: str
    split: SplitName
    row: int
    label: str
    name: str | None
    sha256: str
    findings: list[str]
    picture: str | None
    values: list[float] | None


class Numbers(BaseModel):
    """Of some rows, for each channel or column: mean and deviation, null where there are no rows,
    and how many numbers are in each bin."""

    mean: list[float] | None
    sigma: list[float] | None
    histogram: list[list[int]]


class ClassNumbers(Numbers):
    """The same of a class, with its rows and the number of the first."""

    rows: int
    first: int | None


class SplitNumbers(Numbers):
    """The same of a split, and of each class in it."""

    rows: int
    per_class: dict[str, ClassNumbers]


class Statistics(BaseModel):
    """What the numbers of a dataset are like. `features` says what each column of a table is; null
    for pictures. `edges` are those of the bins of each channel or column; a number that lies on one
    is in the bin above it."""

    dataset: str
    digest: str
    features: list[str] | None
    edges: list[list[float]]
    features_left_out: int
    splits: dict[str, SplitNumbers]
