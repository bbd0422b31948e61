"""When a training ends before its last epoch."""

from pydantic import Field

from worker.spec.part import Spec


class EarlyStoppingSpec(Spec):
    """End when the validation loss no longer falls, and take the best weights."""

    patience: int = Field(10, ge=1, le=1_000_000, description="Epochs without a better loss.")
    min_delta: float = Field(0.0, ge=0, le=1e6, description="By how much better counts as better.")
