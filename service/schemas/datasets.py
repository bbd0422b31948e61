"""A dataset."""

from datetime import datetime
from typing import Literal, Self

from pydantic import BaseModel, Field

from service.schemas.common import Finding, Problem
from worker.data.progress import Phase
from worker.jobs.record import Record, State
from worker.jsontypes import Json
from worker.store.lineages import FIRST

DatasetState = Literal["importing", "ready", "rejected", "cancelled", "checked", "trashed"]

DATASET_STATES: dict[State, DatasetState] = {
    State.QUEUED: "importing",
    State.RUNNING: "importing",
    State.SUCCEEDED: "ready",
    State.FAILED: "rejected",
    State.CANCELLED: "cancelled",
}

LINEAGE = ("parent", "version", "edits")  # of its request


class DatasetFinding(Finding):
    """What was found; `evidence` has the numbers, and the first rows to look at, `edit` what would
    mend it, as it can be posted for a new version."""

    evidence: Json = Field(default_factory=dict)
    edit: Json | None = None


class Split(BaseModel):
    rows: int
    per_class: list[int]


class ImportProgress(BaseModel):
    """How far an import is: rows of the phase that are `done`, of `total`. What is not known is
    null, and what is said of the end is of this phase alone."""

    phase: Phase
    done: int
    total: int | None
    percent: float | None
    eta_s: float | None


class Dataset(BaseModel):
    """An uploaded, checked, unchanging set of rows; what is not known yet is null. Of a version
    that was made by edits, `parent` is the dataset that was edited."""

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
    progress: ImportProgress | None = Field(
        None, description="Null before a worker has begun, and when it is over."
    )
    parent: str | None = None
    version: int = FIRST
    edits: Json | None = None
    bytes: int = Field(description="What its files take on the disk.")
    notes: str = ""
    tags: list[str] = []
    created_at: datetime
    trashed_until: datetime | None = Field(
        None, description="When it goes for good, at the latest; null unless it is in the trash."
    )

    @classmethod
    def of(cls, record: Record, size: int) -> Self:
        """Returns a dataset as it is answered; its files take `size` bytes."""
        lineage = {name: record.body[name] for name in LINEAGE if name in record.body}
        return cls.model_validate(
            {
                **(record.result or {}),
                **lineage,
                "id": record.id,
                "name": record.body["name"],
                "state": state_of(record),
                "problem": record.problem,
                "progress": record.progress if record.state is State.RUNNING else None,
                "bytes": size,
                "notes": record.notes,
                "tags": record.tags,
                "created_at": record.created_at,
                "trashed_until": record.trashed_until,
            }
        )


def state_of(record: Record) -> DatasetState:
    """Returns what answers call the state of a dataset."""
    if record.trashed_until:
        return "trashed"
    state = DATASET_STATES[record.state]
    return "checked" if state == "ready" and record.body.get("dry_run") else state
