"""Why a model answered what it did."""

from pydantic import BaseModel

from service.schemas.predictions import Prediction
from worker.serving.explanations import Method


class Explanation(BaseModel):
    """What a model says of a picture, and where on the picture is what speaks for the class that is
    `explained`: `heat_map` is the picture under the colours of heat, a PNG as a data URL."""

    model: str
    version: int
    prediction: Prediction
    explained: str
    method: Method
    heat_map: str
