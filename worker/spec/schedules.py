"""Learning rates over time, a class for each schedule."""

from typing import Annotated, Literal

from pydantic import Field

from worker.spec.part import Spec

WarmUp = Annotated[
    float, Field(ge=0, le=1_000_000, description="Epochs in which the rate grows from 0.")
]


class ConstantSpec(Spec):
    """The same learning rate throughout."""

    kind: Literal["constant"] = "constant"
    warmup_epochs: WarmUp = 0.0


class StepSpec(Spec):
    """A lower learning rate after every so many epochs."""

    kind: Literal["step"] = "step"
    every: int = Field(30, ge=1, le=1_000_000, description="Epochs from one change to the next.")
    gamma: float = Field(0.1, gt=0, le=1, description="What the rate is multiplied by.")
    warmup_epochs: WarmUp = 0.0


class ExponentialSpec(Spec):
    """A learning rate that falls by the same factor in every epoch."""

    kind: Literal["exponential"] = "exponential"
    gamma: float = Field(0.97, gt=0, le=1, description="What an epoch multiplies the rate by.")
    warmup_epochs: WarmUp = 0.0


class CosineSpec(Spec):
    """A learning rate that falls along half a cosine wave until the last epoch."""

    kind: Literal["cosine"] = "cosine"
    final: float = Field(0.0, ge=0, le=1, description="Share of the rate that is left at the end.")
    warmup_epochs: WarmUp = 0.0


class OneCycleSpec(Spec):
    """A learning rate that grows along half a cosine wave, from 1/25 of it, and falls along
    another, to 1/10,000 of it."""

    kind: Literal["one_cycle"] = "one_cycle"
    warmup_fraction: float = Field(
        0.3, gt=0, lt=1, description="Share of the epochs in which the rate grows."
    )

    @property
    def warmup_epochs(self) -> float:
        """0: its own way up is all there is."""
        return 0.0


ScheduleSpec = Annotated[
    ConstantSpec | StepSpec | ExponentialSpec | CosineSpec | OneCycleSpec,
    Field(discriminator="kind"),
]
