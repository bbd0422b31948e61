"""One request to edit a dataset: what the next version of it has otherwise."""

from typing import Annotated, Literal

from pydantic import AfterValidator, Field, ValidationInfo, field_validator

from worker.jsontypes import Json
from worker.spec.names import DatasetId, FindingCode
from worker.spec.part import Spec

OF_ROWS = ("drop", "relabel", "move")  # fields that are lists of rows
MOST_HELD_OUT = 0.9  # of all rows, so that some are left to train on

SplitName = Literal["train", "validation", "test"]


def _printable(name: str) -> str:
    if not name.isprintable():
        raise ValueError("expected a name of printable characters")
    return name


ClassName = Annotated[str, Field(min_length=1, max_length=256), AfterValidator(_printable)]


class RowSpec(Spec):
    """A row of the dataset that is edited, named as findings name rows."""

    split: SplitName
    row: int = Field(ge=0, description="Its place in the split, from 0.")

    @property
    def place(self) -> tuple[str, int]:
        return self.split, self.row


class RelabelSpec(RowSpec):
    """A row that is of another class."""

    label: ClassName = Field(description="A class that the dataset has, as it is called there.")


class MoveSpec(RowSpec):
    """A row that belongs into another split."""

    to: SplitName


class ResplitSpec(Spec):
    """All rows, divided anew: of each class the same shares, chosen by the seed."""

    test_fraction: float = Field(gt=0, le=MOST_HELD_OUT, description="Share of all rows.")
    validation_fraction: float = Field(
        0.0, ge=0, le=MOST_HELD_OUT, description="Share of all rows; 0: no such split."
    )
    seed: int = Field(1, ge=0, lt=2**63)

    @field_validator("validation_fraction")
    @classmethod
    def _leaves_rows_to_train_on(cls, value: float, info: ValidationInfo) -> float:
        if value + info.data.get("test_fraction", 0) > MOST_HELD_OUT:
            raise ValueError(f"expected at most {MOST_HELD_OUT} together with test_fraction")
        return value


class EditsSpec(Spec):
    """What the next version of a dataset has otherwise. Rows and classes are named as they are in
    the dataset that is edited, whatever else is asked for."""

    cleaned: bool | list[FindingCode] = Field(
        False, description="true: the `edit` of every finding that has one; or of these findings."
    )
    drop: list[RowSpec] = Field(default_factory=list, description="Rows to leave out.")
    relabel: list[RelabelSpec] = Field(
        default_factory=list, description="Rows that are of another class."
    )
    move: list[MoveSpec] = Field(
        default_factory=list, description="Rows that belong into another split."
    )
    rename_class: dict[ClassName, ClassName] = Field(
        default_factory=dict, description="New names by old ones."
    )
    merge_classes: dict[ClassName, Annotated[list[ClassName], Field(min_length=1)]] = Field(
        default_factory=dict, description="Classes, by the name of what they become together."
    )
    add: DatasetId | None = Field(
        None, description="Id of a dataset of the same shape, whose rows are added to the splits."
    )
    resplit: ResplitSpec | None = None

    image_size: int | None = Field(
        None, ge=8, le=512, description="Pixels on each side, of the uploaded files."
    )

    def plain(self) -> Json:
        """Returns what is asked for as plain JSON, the same for all requests that mean the same:
        without what says nothing, and lists in one order."""
        said = self.model_dump(mode="json")
        for name in OF_ROWS:
            said[name].sort(key=lambda row: (row["split"], row["row"]))
        said["merge_classes"] = {new: sorted(olds) for new, olds in self.merge_classes.items()}
        if isinstance(self.cleaned, list):
            said["cleaned"] = sorted({*self.cleaned})
        return {name: value for name, value in said.items() if value}

    @property
    def new_names(self) -> dict[str, str]:
        """What classes of the edited dataset are called afterwards, where that changes."""
        merged = {old: new for new, olds in self.merge_classes.items() for old in olds}
        return {**self.rename_class, **merged}
