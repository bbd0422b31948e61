"""The layers of a network."""

from typing import Annotated, Literal

from pydantic import Field, ValidationInfo, field_validator

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
        "normal and zeros show what goes wrong. The words are the course's, whose notes call "
        "glorot He: PyTorch's xavier is our glorot, and our xavier is LeCun's.",
    )
    initializer_scale: float = Field(
        1.0,
        gt=0,
        le=100,
        description="Standard deviation of the weights for initializer normal; 1 with any other.",
    )
    dropout: float = Field(
        0.0,
        ge=0,
        lt=1,
        description="Share of each hidden layer's outputs left out of a step; 0 without hidden "
        "layers.",
    )

    # A field that was refused already is missing in `info.data`; one complaint is enough.

    @field_validator("initializer_scale")
    @classmethod
    def _is_of_normal_alone(cls, value: float, info: ValidationInfo) -> float:
        initializer = info.data.get("initializer", "normal")
        # 1 stands in every job's answer, and whoever sends that back must not be refused.
        if value != 1 and initializer != "normal":
            raise ValueError(
                f'initializer_scale needs initializer "normal", got initializer "{initializer}"; '
                "leave initializer_scale out"
            )
        return value

    @field_validator("dropout")
    @classmethod
    def _needs_hidden_layers(cls, value: float, info: ValidationInfo) -> float:
        if value and not info.data.get("hidden_units", [1]):
            raise ValueError(
                "dropout above 0 needs hidden layers, got hidden_units []; leave dropout out"
            )
        return value
