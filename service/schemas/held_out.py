"""What networks answered for rows that folds had held out from their training."""

from pydantic import BaseModel, Field

from service.schemas.dataset_views import SplitName


class HeldOutAnswer(BaseModel):
    """What the network answered that had not learned from this fold; `true_probability` is that of
    the class that the row has."""

    repeat: int
    fold: int
    predicted: str
    probability: float
    true_probability: float


class HeldOutRow(BaseModel):
    """A row and an answer for each repeat. `split` and `row` are where its dataset has it, `name`
    is that of its file in the upload, `picture` where it can be seen while the dataset is there."""

    split: SplitName
    row: int
    name: str | None
    true: str
    answers: list[HeldOutAnswer]
    picture: str | None


class HeldOutAnswers(BaseModel):
    """Those of a version, in the order of the rows; `rows` counts all of them."""

    model: str
    version: int
    dataset: str
    rows: int = Field(ge=0)
    data: list[HeldOutRow]
    next: str | None
