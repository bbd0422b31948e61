"""A scoring: a model's answers for the rows of a dataset or an upload, and what they come to."""

from datetime import datetime
from typing import Literal, Self

from pydantic import BaseModel

from service.schemas.common import Finding, Problem
from service.schemas.jobs import ModelVersion
from worker.jobs.record import FINAL, Record, State


class ScoringProgress(BaseModel):
    """How far the phase is in which a scoring is; numbers are null before they are known."""

    phase: Literal["reading", "features", "scoring", "publishing"]
    done: int | None
    total: int | None
    percent: float | None
    eta_s: float | None
    rows_per_s: float | None


class ScoredSplit(BaseModel):
    """The answers for a split: how often each class was one, how many were unsure, and about how
    many rows of an upload the model could not be asked; and of the rows whose class the model knows
    how many there are, and the share that was answered right, unsure or not, null where there are
    none."""

    rows: int
    predicted: dict[str, int]
    unsure: int
    problems: int = 0
    labelled_rows: int
    accuracy: float | None
    accuracy_interval: tuple[float, float] | None


class ScoringResult(BaseModel):
    """What the answers come to; `warnings` is what is odd about all rows of an upload together."""

    rows: int
    splits: dict[str, ScoredSplit]
    warnings: list[Finding] = []


class Scoring(BaseModel):
    """A request to score a dataset, or an upload where `dataset` is null, and what became of it;
    `bytes` is what its files take."""

    id: str
    state: State
    requested: str | None
    model: ModelVersion
    dataset: str | None
    split: str | None
    top: int
    threshold: float | None
    progress: ScoringProgress | None
    attempt: int
    queue_position: int | None
    created_at: datetime
    started_at: datetime | None
    finished_at: datetime | None
    problem: Problem | None
    result: ScoringResult | None
    bytes: int

    @classmethod
    def of(cls, record: Record, size: int, queue_position: int | None = None) -> Self:
        """Returns a scoring as it is answered; its results take `size` bytes."""
        body, over = record.body, record.state in FINAL
        return cls.model_validate(
            {
                **vars(record),
                "requested": (not over and record.requested) or None,
                "model": {"name": body["model"], "version": body["version"]},
                **{name: body[name] for name in ("dataset", "split", "top", "threshold")},
                "progress": None if over else record.progress,
                "queue_position": queue_position,
                "bytes": size,
            }
        )
