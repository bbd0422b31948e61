"""What a version of a model answered wrong."""

from pydantic import BaseModel, Field

from service.schemas.dataset_views import SplitName


class WrongAnswer(BaseModel):
    """A row that was answered wrong. `split` and `row` are where its dataset has it, `name` is that
    of its file in the upload, `picture` where it can be seen while the dataset is there;
    `true_probability` is that of its class. It looks mislabelled where the model is as sure of the
    other class as it is, in the mean, of rows that have that class."""

    split: SplitName
    row: int
    name: str | None
    true: str
    predicted: str
    probability: float
    true_probability: float
    looks_mislabelled: bool
    picture: str | None


class WrongAnswers(BaseModel):
    """Those for a split, the surest first; `rows` are those of the split whose answers are kept,
    its first million at most, `wrong` those of them that were answered as was asked for."""

    model: str
    version: int
    dataset: str
    split: SplitName
    rows: int = Field(ge=0)
    wrong: int = Field(ge=0)
    data: list[WrongAnswer]
    next: str | None
