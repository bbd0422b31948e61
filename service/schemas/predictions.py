"""What models are asked and answer."""

from pydantic import BaseModel, Field

from service.requests.sent_pictures import MAX_IMAGES
from service.schemas.common import Finding, ProblemDocument
from service.schemas.unsure import Reason, UnsureHere


class Prediction(BaseModel):
    """What is said of one picture or row. `decision` is the label, or "unsure"; then `reason` says
    why. `confidence` is the probability of the label as it is calibrated on validation rows, null
    where there were none. `prediction_id` is there only where predictions are kept, to be judged
    later."""

    label: str
    probability: float
    probabilities: dict[str, float]
    decision: str
    confidence: float | None
    reason: Reason | None
    prediction_id: str | None = None


class Unread(BaseModel):
    """What stands in the place of a prediction for one picture of many that could not be read."""

    file: str | None
    problem: ProblemDocument


class UnusedRow(BaseModel):
    """What stands in the place of a prediction for one row of many that could not be used."""

    row: int
    problem: ProblemDocument


class Answer(BaseModel):
    """One prediction for each picture or row, in the order in which they came.

    `alias` is the one by which the version was found, null if that was asked for by its number;
    `fingerprint` the first digits of the digest of what a picture of the service's own becomes
    here, null for a model that takes none; `threshold` the probability from which on the second
    class is the label, null for whichever class is the more probable."""

    model: str
    version: int
    alias: str | None
    fingerprint: str | None
    threshold: float | None
    unsure: UnsureHere
    predictions: list[Prediction | Unread | UnusedRow]
    warnings: list[Finding]


Cell = float | bool | str | None  # of a table; all numbers of pictures


class Rows(BaseModel):
    """Raw values, a list of them for each row; of a table by the names of its columns too."""

    model_config = {"extra": "forbid", "allow_inf_nan": False}

    rows: list[list[Cell] | dict[str, Cell]]  # the schema alone: worker.data reads them


class Images(BaseModel):
    """Pictures in base64, alone or as data URLs."""

    model_config = {"extra": "forbid"}

    images: list[str] = Field(min_length=1, max_length=MAX_IMAGES)
