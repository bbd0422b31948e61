"""Changes of the training pictures."""

from pydantic import Field

from worker.spec.part import Spec


class AugmentationSpec(Spec):
    """Changed copies of the training pictures, other ones in every epoch."""

    flip: bool = Field(False, description="Mirror every other picture, by chance.")
    shift: int = Field(
        0, ge=0, le=64, description="Largest move to each side in pixels; the edge is repeated."
    )
