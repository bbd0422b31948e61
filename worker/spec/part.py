"""What all parts of a spec have in common."""

from pydantic import BaseModel, ConfigDict


class Spec(BaseModel):
    """A part of a job's spec: unchanging, and strict: no field is ignored, no text a number."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True, allow_inf_nan=False)
