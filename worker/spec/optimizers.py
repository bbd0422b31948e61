"""The update rules, a class for each, and their defaults."""

from typing import Annotated, Literal

from pydantic import Field

from worker.spec.part import Spec

LearningRate = Annotated[float, Field(gt=0, le=1_000)]
Decay = Annotated[float, Field(ge=0, lt=1)]
Epsilon = Annotated[float, Field(ge=1e-30, le=1, description="Added to the divisor against 0.")]


class SGDSpec(Spec):
    """Gradient descent; stochastic or in mini-batches as `batch_size` says."""

    kind: Literal["sgd"] = "sgd"
    learning_rate: LearningRate = Field(0.01, description="Size of a step along the gradient.")


class MomentumSpec(Spec):
    """Steps along a running mean of the gradient."""

    kind: Literal["momentum"] = "momentum"
    learning_rate: LearningRate = Field(0.05, description="Size of a step along the mean.")
    beta: Decay = Field(0.9, description="Decay per step of the mean gradient.")


class NesterovSpec(Spec):
    """Momentum that looks where its step will end."""

    kind: Literal["nesterov"] = "nesterov"
    learning_rate: LearningRate = Field(0.005, description="Size of a step along the gradient.")
    beta: Decay = Field(0.9, description="Decay per step of the velocity.")


class RMSPropSpec(Spec):
    """Steps scaled by a running mean of the gradient's square."""

    kind: Literal["rmsprop"] = "rmsprop"
    learning_rate: LearningRate = Field(0.001, description="About the size of each step.")
    beta: Decay = Field(0.9, description="Decay per step of the mean square.")
    eps: Epsilon = 1e-8


class AdamSpec(Spec):
    """Steps scaled by running means of the gradient and of its square."""

    kind: Literal["adam"] = "adam"
    learning_rate: LearningRate = Field(0.001, description="About the size of each step.")
    beta1: Decay = Field(0.9, description="Decay per step of the mean gradient.")
    beta2: Decay = Field(0.999, description="Decay per step of its mean square.")
    eps: Epsilon = 1e-8


class AdamWSpec(Spec):
    """Adam with a decay of the weights that its scaling leaves alone."""

    kind: Literal["adamw"] = "adamw"
    learning_rate: LearningRate = Field(0.001, description="About the size of each step.")
    beta1: Decay = Field(0.9, description="Decay per step of the mean gradient.")
    beta2: Decay = Field(0.999, description="Decay per step of its mean square.")
    eps: Epsilon = 1e-8
    weight_decay: float = Field(
        0.01, ge=0, le=100, description="Share of a weight that a step of rate 1 would take away."
    )


OptimizerSpec = Annotated[
    SGDSpec | MomentumSpec | NesterovSpec | RMSPropSpec | AdamSpec | AdamWSpec,
    Field(discriminator="kind"),
]
