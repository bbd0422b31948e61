"""A backbone."""

from datetime import datetime
from typing import Literal, Self

from pydantic import BaseModel, Field

from service.schemas.common import Problem
from worker.data.backbones.options import ChannelOrder, Layout, Resize
from worker.jobs.record import Record, State

BackboneState = Literal["importing", "ready", "rejected", "cancelled"]

BACKBONE_STATES: dict[State, BackboneState] = {
    State.QUEUED: "importing",
    State.RUNNING: "importing",
    State.SUCCEEDED: "ready",
    State.FAILED: "rejected",
    State.CANCELLED: "cancelled",
}


class BackboneInput(BaseModel):
    """What a network expects: (pixels · scale - mean) / std, for each channel. `size` is height and
    width."""

    size: list[int]
    layout: Layout
    dtype: Literal["float32", "uint8"]
    scale: float
    mean: list[float]
    std: list[float]
    channel_order: ChannelOrder
    resize: Resize


class Backbone(BaseModel):
    """A network that makes features of pictures; what is not known yet is null."""

    id: str
    name: str
    state: BackboneState
    input: BackboneInput | None = None
    output: str | None = Field(None, description="The tensor that has the features.")
    pooled: Layout | None = Field(
        None,
        description="The layout of that tensor where it has features for each place in a picture, "
        "of which the mean is taken.",
    )
    features: int | None = None
    parameters: int | None = None
    opset: int | None = None
    digest: str | None = Field(None, description="Of the network and of how it is used.")
    problem: Problem | None = None
    bytes: int = Field(description="What its files take on the disk.")
    created_at: datetime

    @classmethod
    def of(cls, record: Record, size: int) -> Self:
        """Returns a backbone as it is answered; its files take `size` bytes."""
        return cls.model_validate(
            {
                **(record.result or {}),
                "id": record.id,
                "name": record.body["name"],
                "state": BACKBONE_STATES[record.state],
                "problem": record.problem,
                "bytes": size,
                "created_at": record.created_at,
            }
        )
