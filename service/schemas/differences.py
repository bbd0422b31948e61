"""What became of rows from one dataset to another."""

from pydantic import BaseModel


class NamedRow(BaseModel):
    """A row of a dataset, by its place in its split from 0, and its class."""

    split: str
    row: int
    label: str


class RowChange(BaseModel):
    """What a row was, and what it is now."""

    before: NamedRow
    after: NamedRow


class CountedRows(BaseModel):
    """How many rows there are of a kind, and the first of them."""

    rows: int
    first: list[NamedRow]


class CountedChanges(BaseModel):
    """How many rows were changed in a way, and the first of them."""

    rows: int
    first: list[RowChange]


class Difference(BaseModel):
    """What became of the rows from one dataset to another; a row that was relabelled and moved is
    counted as both."""

    unchanged: int
    removed: CountedRows
    added: CountedRows
    relabelled: CountedChanges
    moved: CountedChanges
