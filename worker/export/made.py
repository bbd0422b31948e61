"""What a sealed process says of an export that it has made, and how far it is believed: a backbone,
a file of strangers, may have taken control of it."""

from typing import Annotated, Any, Literal

from pydantic import ConfigDict, Field, TypeAdapter, ValidationError
from pydantic.dataclasses import dataclass

from worker.data import sandbox
from worker.jsontypes import Json

TOLERANCE = 1e-4  # in probability
WORD = Field(max_length=100)

Share = Annotated[float, Field(ge=-1, le=1)]


@dataclass(frozen=True, config=ConfigDict(extra="forbid", allow_inf_nan=False))
class Input:
    """A tensor that the file is given; a length is None where any will do."""

    name: Annotated[str, WORD]
    dtype: Literal["uint8", "float32", "float64", "string"]
    shape: Annotated[list[int | None], Field(max_length=8)]


@dataclass(frozen=True, config=ConfigDict(extra="forbid", allow_inf_nan=False))
class Int8:
    """How well it answers with weights of 8 bits, beside how it does with whole ones."""

    largest_difference: Annotated[float, Field(ge=0, le=1)]
    accuracy: Annotated[float, Field(ge=0, le=1)]
    accuracy_lost: Share
    interval: tuple[Share, Share]
    changed: Annotated[int, Field(ge=0)]


@dataclass(frozen=True, config=ConfigDict(extra="forbid", allow_inf_nan=False))
class Made:
    """An export that answers as the model does here.

    Attributes:
        split, rows: how many rows of which split it was asked about.
        steps: of the network, as `steps.steps_of` returns them.
    """

    opset: Annotated[int, Field(ge=1, le=100)]
    made_by: Annotated[dict[Annotated[str, WORD], Annotated[str, WORD]], Field(max_length=4)]
    inputs: Annotated[list[Input], Field(min_length=1, max_length=2)]
    split: Literal["test", "validation", "train"]
    rows: Annotated[int, Field(ge=1)]
    largest_difference: Annotated[float, Field(ge=0, le=TOLERANCE)]
    int8: Int8 | None
    steps: list[dict[str, Any]]


ADAPTER = TypeAdapter(Made)


def believed(answer: Any) -> Json:
    """Returns what a sealed process has answered, where it can be.

    Raises:
        CorruptFile: something has taken control of it.
    """
    try:
        found: Json = ADAPTER.dump_python(ADAPTER.validate_python(answer), mode="json")
    except ValidationError as error:
        raise sandbox.BROKEN.kind(sandbox.BROKEN.detail) from error
    return found
