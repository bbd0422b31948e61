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


class Fold(BaseModel):
    """What a network answered that had not learned from the rows of a fold: how many were right,
    and at what cost; and how its training ended."""

    repeat: int
    fold: int
    rows: int
    accuracy: float
    loss: float
    epochs: int
    ended_by: str


class CrossValidation(BaseModel):
    """What came of folds. `accuracy` is over all rows, each of which counts once, however often it
    was asked about; its interval knows that folds share rows to learn from. The deviations are
    those of the folds, which `each` lists; of more than twenty, the `evaluation` alone has them."""

    folds: int
    repeats: int
    rows: int
    accuracy: float
    accuracy_interval: list[float]
    accuracy_deviation: float
    majority_baseline: float
    loss: float
    loss_deviation: float
    each: list[Fold] | None


class Evaluation(BaseModel):
    """What was measured of a model."""

    model_config = {"extra": "allow"}

    train: Scores
    validation: Scores | None
    test: Scores | None
    cross_validation: CrossValidation | None = None
