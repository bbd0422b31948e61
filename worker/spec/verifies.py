"""A version of a model that is trained again, as a spec names it."""

from pydantic import Field

from worker.spec.names import ModelName
from worker.spec.part import Spec


class VerifiesSpec(Spec):
    """A version whose training is done again, to see whether it comes to the same weights."""

    model: ModelName
    version: int = Field(ge=1, lt=2**31)
