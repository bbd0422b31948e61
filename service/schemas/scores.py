"""What is measured of a model."""

from pydantic import BaseModel

from service.schemas.unsure import Outcome


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
    unsure: Outcome | None = None


class Evaluation(BaseModel):
    """What was measured of a model."""

    model_config = {"extra": "allow"}

    train: Scores
    validation: Scores | None
    test: Scores | None
