"""A dataset."""

from datetime import datetime
from typing import Literal, Self

from pydantic import BaseModel, Field

from service.schemas.common import Finding, Problem
from worker.jobs.record import Record, State
from worker.jsontypes import Json

DatasetState = Literal["importing", "ready", "rejected", "cancelled", "trashed"]

DATASET_STATES: dict[State, DatasetState] = {
    State.QUEUED: "importing",
    State.RUNNING: "importing",
    State.SUCCEEDED: "ready",
    State.FAILED: "rejected",
    State.CANCELLED: "cancelled",
}


class DatasetFinding(Finding):
    """What was found; `evidence` has the numbers, and the first rows to look at."""

    evidence: Json = Field(default_factory=dict)


class Split(BaseModel):
    rows: int
    per_class: list[int]


class Dataset(BaseModel):
    """An uploaded, checked, unchanging set of rows; what is not known yet is null."""

    id: str
    name: str
    state: DatasetState
    kind: str | None = None
    classes: list[str] | None = None
    shape: list[int] | None = None
    splits: dict[str, Split] | None = None
    digest: str | None = None
    findings: list[DatasetFinding] = []
    problem: Problem | None = None
    bytes: int = Field(description="What its files take on the disk.")
    created_at: datetime
    trashed_until: datetime | None = Field(
        None, description="When it goes for good, at the latest; null unless it is in the trash."
    )

    @classmethod
    def of(cls, record: Record, size: int) -> Self:
        """Returns a dataset as it is answered; its files take `size` bytes."""
        return cls.model_validate(
            {
                **(record.result or {}),
                "id": record.id,
                "name": record.body["name"],
                "state": "trashed" if record.trashed_until else DATASET_STATES[record.state],
                "problem": record.problem,
                "bytes": size,
                "created_at": record.created_at,
                "trashed_until": record.trashed_until,
            }
        )
