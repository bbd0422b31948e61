"""Changes of the training pictures."""

from pydantic import Field

from worker.spec.part import Spec


class AugmentationSpec(Spec):
    """Changed copies of the training pictures, other ones in every epoch."""

    flip: bool = Field(False, description="Mirror every other picture, by chance.")
    shift: int = Field(
        0, ge=0, le=64, description="Largest move to each side in pixels; the edge is repeated."
    )
    zoom: float = Field(
        0.0,
        ge=0,
        le=0.9,
        description="Largest relative change of size: 0.2 is from 0.8 to 1.25 times; 0.1 to 0.3 "
        "suits photos.",
    )
    rotate: float = Field(
        0.0,
        ge=0,
        le=180,
        description="Largest turn to either side in degrees; 10 to 20 suits what has an upright.",
    )
    brightness: float = Field(
        0.0,
        ge=0,
        le=1,
        description="Largest relative change of brightness; 0.1 to 0.3 suits photos.",
    )
    contrast: float = Field(
        0.0, ge=0, le=1, description="Largest relative change of contrast; 0.1 to 0.3 suits photos."
    )
    colour: float = Field(
        0.0,
        ge=0,
        le=1,
        description="Largest relative change of saturation; nothing where there are not three "
        "channels.",
    )
    cutout: float = Field(
        0.0,
        ge=0,
        le=1,
        description="Side of a square that is grayed out somewhere, as a share of the picture's "
        "shorter side; 0.2 to 0.4 keeps a network from relying on one spot.",
    )
