"""What models are asked and answer."""

from pydantic import BaseModel

from service.schemas.common import Finding, ProblemDocument


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


Cell = float | bool | str | None  # of a table; all numbers of pictures


class Rows(BaseModel):
    """Raw values, a list of them for each row; of a table by the names of its columns too."""

    model_config = {"extra": "forbid", "allow_inf_nan": False}

    rows: list[list[Cell] | dict[str, Cell]]  # the schema alone: worker.data reads them
