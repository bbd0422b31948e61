"""The layers of a network."""

from typing import Annotated, Literal

from pydantic import Field

from worker.spec.part import Spec


class NetworkSpec(Spec):
    """Dense layers from the input to the logits."""

    hidden_units: list[Annotated[int, Field(ge=1, le=65_536)]] = Field(
        [20, 7, 5],
        max_length=64,
        description="Units of each hidden layer; an empty list is logistic regression.",
    )
    activation: Literal[
        "relu", "leaky_relu", "gelu", "gelu_tanh", "tanh", "sigmoid", "identity"
    ] = Field(
        "relu",
        description="Between the layers; gelu is exact, gelu_tanh its tanh form. relu with he, "
        "tanh with xavier or glorot.",
    )
    initializer: Literal["he", "xavier", "glorot", "normal", "zeros"] = Field(
        "he",
        description="Variance of the starting weights: 2/n_in, 1/n_in, 2/(n_in + n_out); "
        "normal and zeros show what goes wrong.",
    )
    initializer_scale: float = Field(
        1.0, gt=0, le=100, description="Standard deviation of the weights for initializer normal."
    )
    dropout: float = Field(
        0.0, ge=0, lt=1, description="Share of each hidden layer's outputs left out of a step."
    )
