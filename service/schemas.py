"""The shapes of answers."""

from datetime import datetime
from typing import Any, Generic, Literal, Self, TypeVar

from pydantic import BaseModel

from service.endings import EndedBy, ending, progress
from service.retry import Change
from worker import webhooks
from worker.record import FINAL, Record, State

Json = dict[str, Any]
Item = TypeVar("Item")

DatasetState = Literal["importing", "ready", "rejected", "cancelled"]

DATASET_STATES: dict[State, DatasetState] = {
    State.QUEUED: "importing",
    State.RUNNING: "importing",
    State.SUCCEEDED: "ready",
    State.FAILED: "rejected",
    State.CANCELLED: "cancelled",
}


class Page(BaseModel, Generic[Item]):
    data: list[Item]
    next: str | None


class Problem(BaseModel):
    code: str
    detail: str


class Fault(BaseModel):
    """What is wrong in one place of a request: in its body or among its parameters."""

    pointer: str | None = None
    parameter: str | None = None
    detail: str


class ProblemDocument(Problem):
    """A failure as RFC 9457 describes it; `code` says which kind it is, and does not change.
    `errors` names the places that are to blame, `away` what the service misses."""

    type: str
    title: str
    status: int
    request_id: str | None = None
    errors: list[Fault] | None = None
    errors_left_out: int | None = None
    away: list[str] | None = None


class ModelVersion(BaseModel):
    name: str
    version: int


class Progress(BaseModel):
    epoch: int
    epochs: int
    percent: float | None
    eta_s: float
    rows_per_s: float
    loss: float
    accuracy: float


class Device(BaseModel):
    """Where a job's arithmetic is done; `name` is what a graphics processor calls itself."""

    kind: Literal["cpu", "gpu"]
    name: str | None


class DoctorsFinding(BaseModel):
    """Why a network does not learn, and the JSON Patch on the spec that would help."""

    code: str
    severity: str
    message: str
    evidence: Json
    patch: list[Json]


class GradientCheck(BaseModel):
    """What was compared before the training; `largest_error` is null where that proves nothing."""

    compared: int
    largest_error: float | None
    message: str


class Job(BaseModel):
    """A request to train and its fate."""

    id: str
    state: State
    requested: str | None
    spec: Json
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
    problem: Problem | None
    result: Json | None

    @classmethod
    def of(cls, record: Record, queue_position: int | None = None, **more: Any) -> Self:
        published = record.state is State.SUCCEEDED
        return cls.model_validate(
            {
                **vars(record),
                **ending(record),
                "progress": progress(record),
                "requested": (record.state not in FINAL and record.requested) or None,
                "parent": record.body.get("parent"),
                "findings": record.findings or [],
                "spec": record.body,
                "model": {"name": record.body["model"], "version": record.version}
                if published
                else None,
                "queue_position": queue_position,
                **more,
            }
        )


class PrecisionAndRecall(BaseModel):
    precision: float
    recall: float


class Scores(BaseModel):
    """What was measured on one split. Of more than twenty classes, `confusion` and `per_class` are
    null in the `result` of a job or a version; its `evaluation` has them."""

    rows: int
    loss: float
    accuracy: float
    accuracy_interval: list[float]
    majority_baseline: float
    confusion: list[list[int]] | None
    auc: float | None
    auc_interval: list[float] | None = None
    per_class: dict[str, PrecisionAndRecall] | None
    calibration_error: float


class Evaluation(BaseModel):
    """What was measured of a model."""

    model_config = {"extra": "allow"}

    train: Scores
    validation: Scores | None
    test: Scores | None


class RetriedJob(Job):
    """A job after another, and what it does otherwise."""

    changes: list[Change]


class Split(BaseModel):
    rows: int
    per_class: list[int]


class Finding(BaseModel):
    code: str
    severity: str
    message: str


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
    findings: list[Finding] = []
    problem: Problem | None = None
    created_at: datetime

    @classmethod
    def of(cls, record: Record) -> Self:
        return cls.model_validate(
            {
                **(record.result or {}),
                "id": record.id,
                "name": record.body["name"],
                "state": DATASET_STATES[record.state],
                "problem": record.problem,
                "created_at": record.created_at,
            }
        )


class Layer(BaseModel):
    """A layer's vital signs; the shares of its units are of the hidden layers only, and null in the
    last one."""

    weight_norm: float
    update_ratio: float
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
    gradient_norms: list[float] | None
    layers: list[Layer] | None
    seconds: float


class Version(BaseModel):
    """One published version of a model."""

    name: str
    version: int
    created_at: datetime
    job: str
    spec: Json
    dataset: Json
    shape: list[int]
    classes: list[str]
    preprocessing: Json
    result: Json
    ended_by: EndedBy | None = None
    findings: list[DoctorsFinding] = []
    fold_difference: float
    digest: str


class Model(BaseModel):
    """A model and some of its versions, the newest first; `next` is where the older ones begin."""

    name: str
    newest: int
    total: int
    versions: list[Version]
    next: str | None


class Webhook(BaseModel):
    """A message about a job's end, and what became of it; `next_at` is null unless pending."""

    id: str
    job: str
    type: str
    url: str
    state: webhooks.DeliveryState
    attempts: int
    next_at: datetime | None
    last_status: int | None
    last_error: str | None
    created_at: datetime
    delivered_at: datetime | None

    @classmethod
    def of(cls, delivery: webhooks.Delivery) -> Self:
        return cls.model_validate(vars(delivery))


class Prediction(BaseModel):
    label: str
    probability: float
    probabilities: dict[str, float]


class Unread(BaseModel):
    """What stands in the place of a prediction for one picture of many that could not be read."""

    file: str | None
    problem: ProblemDocument


class Answer(BaseModel):
    """One prediction for each picture or row, in the order in which they came."""

    model: str
    version: int
    predictions: list[Prediction | Unread]
    warnings: list[Finding]


class Rows(BaseModel):
    """Raw values, a list of numbers for each row."""

    model_config = {"extra": "forbid", "allow_inf_nan": False}

    rows: list[list[float]]  # the schema alone: worker.data.json_rows reads them
