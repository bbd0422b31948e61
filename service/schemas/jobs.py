"""A job, its findings and its epochs."""

from datetime import datetime
from typing import Any, Literal, Self

from pydantic import BaseModel

from service.requests.retry import Change
from service.responses.endings import EndedBy, ending, progress
from service.schemas.aliases import Promotion
from service.schemas.common import Finding, Problem
from worker.jobs.record import FINAL, Record, State
from worker.jsontypes import Json
from worker.store.stored_spec import BESIDE


class ModelVersion(BaseModel):
    name: str
    version: int


class Progress(BaseModel):
    """How far the phase is in which a job is: `features`, where a backbone makes them first, of
    which nobody has learned anything yet, or `training`. Numbers are null before they are known.
    With folds, `epoch` and `epochs` are those of all trainings, `repeat` and `fold` say what is
    held out just now, and are null in the last one, on all rows."""

    phase: Literal["features", "training"] = "training"
    epoch: int
    epochs: int
    percent: float | None
    eta_s: float | None
    rows_per_s: float | None
    loss: float | None
    accuracy: float | None
    repeat: int | None = None
    fold: int | None = None


class Device(BaseModel):
    """Where a job's arithmetic is done; `name` is what a graphics processor calls itself."""

    kind: Literal["cpu", "gpu"]
    name: str | None


class DoctorsFinding(Finding):
    """Why a network does not learn, and the JSON Patch on the spec that would help."""

    evidence: Json
    patch: list[Json]


class GradientCheck(BaseModel):
    """What was compared before the training; `largest_error` is null where that proves nothing."""

    compared: int
    largest_error: float | None
    message: str


class LayerSummary(BaseModel):
    """A layer of a network; of a residual, with the layers in it. `number` is the one in the names
    of its tensors, null without parameters; `shape` is that of a sample behind it;
    `weights` says whether its parameters are drawn, taken from the model of `start_from`, or taken
    and frozen; `multiplications` are those of one sample's numbers by parameters; `time_share` is
    how much of a step's time it takes, null before that is measured."""

    kind: str
    number: int | None
    shape: list[int]
    parameters: int
    weights: Literal["drawn", "taken", "frozen"] | None
    multiplications: int
    time_share: float | None


class PartOfSweep(BaseModel):
    """The sweep of which a job is a part, and which candidate it tries; null of the job that trains
    the best one once more."""

    id: str
    candidate: int | None


class MadeBy(BaseModel):
    """The schedule that has made a job, and the time for which it did."""

    schedule: str
    due_at: datetime


class Job(BaseModel):
    """A request to train and its fate."""

    id: str
    state: State
    requested: str | None
    spec: Json
    summary: list[LayerSummary] | None
    model: ModelVersion | None
    device: Device | None
    progress: Progress | None
    attempt: int
    queue_position: int | None
    created_at: datetime
    started_at: datetime | None
    finished_at: datetime | None
    findings: list[DoctorsFinding]
    gradient_error: float | None
    gradient_check: GradientCheck | None
    ended_by: EndedBy | None
    ended_because: str | None
    parent: str | None
    sweep: PartOfSweep | None
    made_by: MadeBy | None
    traceparent: str | None
    promotion: Promotion | None
    problem: Problem | None
    result: Json | None
    notes: str
    tags: list[str]

    @classmethod
    def of(cls, record: Record, queue_position: int | None = None, **more: Any) -> Self:
        published = record.state is State.SUCCEEDED and record.version is not None
        body = record.body
        return cls.model_validate(
            {
                **vars(record),
                **ending(record),
                "notes": record.notes,
                "tags": record.tags,
                "progress": progress(record),
                "requested": (record.state not in FINAL and record.requested) or None,
                "parent": body.get("parent"),
                "findings": record.findings or [],
                "spec": {name: body[name] for name in body if name not in BESIDE},
                "sweep": record.sweep,
                "made_by": record.made_by,
                "traceparent": record.traceparent,
                "model": {"name": body["model"], "version": record.version} if published else None,
                "queue_position": queue_position,
                "summary": None,
                **more,
            }
        )


class RetriedJob(Job):
    """A job after another, and what it does otherwise."""

    changes: list[Change]


class Checkpoint(BaseModel):
    """What a job had learned at the end of an epoch; `bytes` are those of its file."""

    epoch: int
    created_at: datetime
    bytes: int


class Layer(BaseModel):
    """The vital signs of a layer with parameters; the shares of its units are of the hidden layers
    only, and null in the last one. What moves no weights has no norm of them; all is null where a
    layer is frozen."""

    weight_norm: float | None
    update_ratio: float | None
    saturated: float | None = None
    dead: float | None = None


class Epoch(BaseModel):
    """A row of a job's metrics; of a long job, some do not say anything of the layers."""

    epoch: int
    step: int
    loss: float
    accuracy: float
    validation_loss: float | None
    validation_accuracy: float | None
    learning_rate: float
    gradient_norms: list[float | None] | None
    layers: list[Layer] | None
    seconds: float


class FoldedEpoch(Epoch):
    """A row of the metrics of a job with folds: `row` counts those of all its trainings, `repeat`
    and `fold` say what is held out, and are null in the last one, on all rows."""

    row: int
    repeat: int | None
    fold: int | None
