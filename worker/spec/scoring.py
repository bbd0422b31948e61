"""One request to have a model answer for the rows of a dataset."""

from typing import Annotated

from pydantic import Field

from worker.spec.edits import SplitName
from worker.spec.names import ModelName
from worker.spec.part import Spec

MOST_TOP = 1_000  # each of them has columns of its own


class ScoringSpec(Spec):
    """A model, and the rows that it is asked about."""

    model: ModelName
    version: int | None = Field(
        None,
        ge=1,
        lt=2**31,
        description="Where none is given, the champion of the moment at which it is accepted.",
    )
    dataset: Annotated[str, Field(min_length=1, max_length=256)] = Field(
        description="An id, or a name: the newest dataset of that name that is ready."
    )
    split: SplitName | None = Field(None, description="All of them where none is given.")
    threshold: float | None = Field(
        None,
        ge=0,
        le=1,
        description="Of two classes: from which probability of the second on that is the answer. "
        "Where none is given, and no version, that of the champion, if it has one.",
    )
    top: int = Field(
        10, ge=1, le=MOST_TOP, description="The most classes whose probabilities are told."
    )
