"""When a model is unsure."""

from typing import Literal

from pydantic import BaseModel


class Reason(BaseModel):
    """Why an answer is unsure."""

    code: Literal["low_confidence", "far_from_training"]
    detail: str


class UnsureHere(BaseModel):
    """Whether answers may be unsure: where their confidence is below `lowest_confidence`, or what
    was asked is farther from the training rows than `farthest_from_training`. Where one of these is
    null, no answer is unsure for that, and `reason` and `detail` say why. `error_rate` is the
    largest share of wrong ones among the answers that are decided."""

    enabled: bool
    reason: str | None
    detail: str | None
    error_rate: float | None
    lowest_confidence: float | None
    farthest_from_training: float | None


class LowConfidence(BaseModel):
    """The limit to confidences, and what came of it on the validation rows: how many reach it, how
    many of these are answered wrong, and the share that is not exceeded with 95 % certainty."""

    limit: float
    rows: int
    wrong: int
    bound: float


class FarFromTraining(BaseModel):
    """The limit to distances, which are measured in so many dimensions and one for all others; and
    the share of rows like the training ones that lies beyond it."""

    limit: float
    share: float
    components: int


class Unsure(BaseModel):
    """When a version is unsure, as it was chosen by the validation rows. Where a limit is null,
    `reason` and `detail` say why."""

    enabled: bool
    reason: str | None
    detail: str | None
    error_rate: float | None
    validation_rows: int
    temperature: float | None
    low_confidence: LowConfidence | None
    far_from_training: FarFromTraining | None


class Outcome(BaseModel):
    """What came of it on test rows, by which nothing was chosen: how many are decided, and how many
    of these are wrong, with 95 % intervals; and for what the others are unsure."""

    decided: int
    coverage: float
    coverage_interval: list[float]
    wrong: int
    error: float | None
    error_interval: list[float] | None
    far_from_training: int
    low_confidence: int
