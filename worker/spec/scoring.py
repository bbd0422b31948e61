"""One request to have a model answer for the rows of a dataset, or of an upload."""

from typing import Annotated

from pydantic import Field

from worker.spec.edits import SplitName
from worker.spec.names import ModelName
from worker.spec.part import Spec

MOST_TOP = 1_000  # each of them has columns of its own

Version = Annotated[
    int | None,
    Field(
        ge=1,
        lt=2**31,
        description="Where none is given, the champion of the moment at which it is asked for; "
        "with an upload, before that is sent.",
    ),
]
Threshold = Annotated[
    float | None,
    Field(
        ge=0,
        le=1,
        description="Of two classes: from which probability of the second on that is the answer. "
        "Where none is given, and no version, that of the champion, if it has one.",
    ),
]
Top = Annotated[
    int, Field(ge=1, le=MOST_TOP, description="The most classes whose probabilities are told.")
]


class AnswersSpec(Spec):
    """A model, and how it is to answer."""

    model: ModelName
    version: Version = None
    threshold: Threshold = None
    top: Top = 10


class ScoringSpec(AnswersSpec):
    """A model, and the rows of a dataset that it is asked about."""

    dataset: Annotated[str, Field(min_length=1, max_length=256)] = Field(
        description="An id, or a name: the newest dataset of that name that is ready."
    )
    split: SplitName | None = Field(None, description="All of them where none is given.")
