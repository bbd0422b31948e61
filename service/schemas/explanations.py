"""Why a model answered what it did."""

from pydantic import BaseModel

from service.schemas.common import Finding
from service.schemas.predictions import Prediction
from worker.serving.explanations import Method


class Neighbour(BaseModel):
    """A row that the model has learned from. `similarity` is the cosine between what comes to the
    last layer for it and for the picture; `picture` is where it can be seen."""

    row: int
    label: str
    name: str | None
    similarity: float
    picture: str


class Nearest(BaseModel):
    """The rows that are most like the picture, the most alike first; it was `compared` with so many
    of the `rows` that the dataset has to train on, spread evenly over them."""

    dataset: str
    compared: int
    rows: int
    data: list[Neighbour]


class Explanation(BaseModel):
    """What a model says of a picture, and where on the picture is what speaks for the class that is
    `explained`: `heat_map` is the picture under the colours of heat, a PNG as a data URL.
    `nearest` is null where the rows that it has learned from are not there any more."""

    model: str
    version: int
    alias: str | None
    fingerprint: str | None
    prediction: Prediction
    explained: str
    method: Method
    heat_map: str
    nearest: Nearest | None
    warnings: list[Finding]
