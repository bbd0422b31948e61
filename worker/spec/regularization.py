"""What keeps weights and steps small."""

from pydantic import Field

from worker.spec.part import Spec


class RegularizationSpec(Spec):
    """What keeps weights and steps small."""

    l2: float = Field(
        0.0, ge=0, le=100, description="Adds l2/2 times the sum of the squared weights to the cost."
    )
    clip_norm: float | None = Field(
        None, gt=0, le=1e9, description="Largest norm of all gradients together."
    )
