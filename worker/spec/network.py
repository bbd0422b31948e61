"""Networks, a class for each way to describe one."""

from collections.abc import Iterator
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field, ValidationInfo, field_validator

from worker.spec.layers import (
    Activation,
    ActivationSpec,
    DenseLayerSpec,
    DropoutSpec,
    Filters,
    LayerSpec,
    Places,
    ResidualSpec,
    Units,
)
from worker.spec.part import Spec

MOST_LAYERS = 256

Between = Annotated[
    Activation,
    Field(
        description="Between the layers; gelu is exact, gelu_tanh its tanh form. relu with he, "
        "tanh with xavier or glorot."
    ),
]
Initializer = Annotated[
    Literal["he", "xavier", "glorot", "normal", "zeros", "course"],
    Field(
        description="Variance of the starting weights: 2/n_in, 1/n_in, 2/(n_in + n_out), where a "
        "kernel's n are its places times its channels; normal and zeros show what goes wrong; "
        "course is xavier with the very numbers that numpy.random.seed(seed) leads to. The "
        "words are the course's, whose notes call glorot He: PyTorch's xavier is our glorot, and "
        "our xavier is LeCun's.",
    ),
]
InitializerScale = Annotated[
    float,
    Field(
        gt=0,
        le=100,
        description="Standard deviation of the weights for initializer normal; 1 with any other.",
    ),
]


class StartingSpec(Spec):
    """A network, and how its weights start."""

    # A field that was refused already is missing in `info.data`; one complaint is enough.

    @field_validator("initializer_scale", check_fields=False)
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


class DenseSpec(StartingSpec):
    """Dense layers from the input to the logits. It is what is meant where no kind is given."""

    kind: Literal["dense"] = "dense"
    hidden_units: list[Units] = Field(
        [20, 7, 5],
        max_length=64,
        description="Units of each hidden layer; an empty list is logistic regression.",
    )
    activation: Between = "relu"
    initializer: Initializer = "he"
    initializer_scale: InitializerScale = 1.0
    dropout: float = Field(
        0.0,
        ge=0,
        lt=1,
        description="Share of each hidden layer's outputs left out of a step; 0 without hidden "
        "layers.",
    )

    @field_validator("dropout")
    @classmethod
    def _needs_hidden_layers(cls, value: float, info: ValidationInfo) -> float:
        if value and not info.data.get("hidden_units", [1]):
            raise ValueError(
                "dropout above 0 needs hidden layers, got hidden_units []; leave dropout out"
            )
        return value


class BlockSpec(Spec):
    """Convolutions one after the other, and a pool that halves the sides of the picture."""

    filters: Filters = Field(description="Kernels of each convolution.")
    convolutions: int = Field(1, ge=1, le=4, description="How many there are.")
    pool: Literal["max", "average"] | None = Field(
        "max", description="What is kept of 2 × 2 places behind them; null for no pool."
    )


def usual_blocks() -> list[BlockSpec]:
    return [BlockSpec(filters=filters) for filters in (32, 64, 128)]


class ConvolutionalSpec(StartingSpec):
    """Blocks of convolutions, then a head that makes rows of pictures, then dense layers."""

    # Required, so that a network without a kind is of one kind in the schema too.
    kind: Literal["convolutional"]
    blocks: list[BlockSpec] = Field(
        default_factory=usual_blocks,
        min_length=1,
        max_length=16,
        description="From the picture on; one convolution of 32, 64 and 128 filters, each with a "
        "pool, unless they are given.",
    )
    kernel: Places = Field(3, description="Places along each side of every kernel.")
    batch_norm: bool = Field(
        True, description="Whether each convolution is followed by a batch normalization."
    )
    head: Literal["average", "flatten"] = Field(
        "average", description="Rows of each channel's mean, or of all numbers."
    )
    hidden_units: list[Units] = Field(
        [], max_length=16, description="Units of each dense layer between the head and the logits."
    )
    activation: Between = "relu"
    initializer: Initializer = "he"
    initializer_scale: InitializerScale = 1.0
    dropout: float = Field(
        0.0, ge=0, lt=1, description="Share of what comes to each dense layer left out of a step."
    )


class LayersSpec(StartingSpec):
    """Layers of any kind in any order; the dense layer of the logits follows by itself."""

    kind: Literal["layers"]
    layers: list[LayerSpec] = Field(
        min_length=1,
        max_length=MOST_LAYERS,
        description=f"From the input on, {MOST_LAYERS} at most with those in residuals; what the "
        "last one returns must be rows.",
    )
    initializer: Initializer = "he"
    initializer_scale: InitializerScale = 1.0

    @field_validator("layers")
    @classmethod
    def _are_not_too_many(cls, value: list[LayerSpec]) -> list[LayerSpec]:
        count = sum(1 for layer in value for _ in with_inner(layer))
        if count > MOST_LAYERS:
            raise ValueError(
                f"expected at most {MOST_LAYERS} layers with those in residuals, got {count}"
            )
        return value

    # What the other kinds have as fields, for whoever asks any network.

    @property
    def activation(self) -> Activation:
        """The first one's; identity if there is none."""
        found = (each.activation for each in self.all_layers() if isinstance(each, ActivationSpec))
        return next(found, "identity")

    @property
    def hidden_units(self) -> list[int]:
        """Units of each dense layer."""
        return [each.units for each in self.all_layers() if isinstance(each, DenseLayerSpec)]

    @property
    def dropout(self) -> float:
        """The largest share that one of its layers leaves out."""
        rates = (each.rate for each in self.all_layers() if isinstance(each, DropoutSpec))
        return max(rates, default=0.0)

    def all_layers(self) -> Iterator[LayerSpec]:
        """Yields the layers, a residual before those in it."""
        for layer in self.layers:
            yield from with_inner(layer)


def with_inner(layer: LayerSpec) -> Iterator[LayerSpec]:
    yield layer
    if isinstance(layer, ResidualSpec):
        yield from layer.layers


def dense_unless_said(value: Any) -> Any:
    """The same network with its kind: before there were others, it was never said."""
    return {"kind": "dense", **value} if isinstance(value, dict) else value


NetworkSpec = Annotated[
    DenseSpec | ConvolutionalSpec | LayersSpec,
    Field(discriminator="kind"),
    BeforeValidator(dense_unless_said),
]
