"""The layers that a network may be put together from, a class for each kind."""

from typing import Annotated, Literal

from pydantic import Field

from worker.spec.part import Spec

MOST_UNITS, MOST_FILTERS, MOST_PLACES = 65_536, 4_096, 31

Units = Annotated[int, Field(ge=1, le=MOST_UNITS)]
Filters = Annotated[int, Field(ge=1, le=MOST_FILTERS)]
Places = Annotated[int, Field(ge=1, le=MOST_PLACES)]
Activation = Literal["relu", "leaky_relu", "gelu", "gelu_tanh", "tanh", "sigmoid", "identity"]
Padding = Annotated[
    Literal["same", "valid"],
    Field(
        description="same reaches over the border of the picture, so that without strides its "
        "sides stay as they are; valid keeps within it."
    ),
]
Bias = Annotated[
    bool, Field(description="Whether something is added to each channel; a batch_norm does, too.")
]


class ConvolutionSpec(Spec):
    """Kernels over all channels, at every place of a picture."""

    kind: Literal["convolution"] = "convolution"
    filters: Filters = Field(description="Kernels, each of which returns a channel.")
    kernel: Places = Field(3, description="Places along each side of a kernel.")
    stride: Places = Field(1, description="Places from one position to the next.")
    padding: Padding = "same"
    bias: Bias = True


class DepthwiseConvolutionSpec(Spec):
    """A kernel for each channel."""

    kind: Literal["depthwise_convolution"] = "depthwise_convolution"
    kernel: Places = Field(3, description="Places along each side of a kernel.")
    stride: Places = Field(1, description="Places from one position to the next.")
    padding: Padding = "same"
    bias: Bias = True


class MaxPoolSpec(Spec):
    """The largest number under a window, channel by channel."""

    kind: Literal["max_pool"] = "max_pool"
    kernel: Places = Field(2, description="Places along each side of the window.")
    stride: Places = Field(2, description="Places from one position to the next.")
    padding: Padding = "valid"


class AveragePoolSpec(Spec):
    """The mean under a window, channel by channel."""

    kind: Literal["average_pool"] = "average_pool"
    kernel: Places = Field(2, description="Places along each side of the window.")
    stride: Places = Field(2, description="Places from one position to the next.")
    padding: Padding = "valid"


class GlobalAveragePoolSpec(Spec):
    """The mean of each channel over the whole picture."""

    kind: Literal["global_average_pool"] = "global_average_pool"


class BatchNormSpec(Spec):
    """Each channel of pictures, or each unit of rows, at one size over a batch."""

    kind: Literal["batch_norm"] = "batch_norm"
    decay: float = Field(
        0.9, ge=0, lt=1, description="Decay per step of the mean and variance it will answer by."
    )
    eps: float = Field(1e-5, ge=1e-12, le=1, description="Added to the variance against 0.")


class DenseLayerSpec(Spec):
    """Every number of a row to every unit."""

    kind: Literal["dense"] = "dense"
    units: Units


class ActivationSpec(Spec):
    """A function of each number."""

    kind: Literal["activation"] = "activation"
    activation: Activation = "relu"


class DropoutSpec(Spec):
    """Some of the numbers left out of each step."""

    kind: Literal["dropout"] = "dropout"
    rate: float = Field(0.5, gt=0, lt=1, description="Share of them.")


class FlattenSpec(Spec):
    """Each picture as one row."""

    kind: Literal["flatten"] = "flatten"


# In a residual there is no other: so a spec is never deeper than this.
PlainLayerSpec = Annotated[
    ConvolutionSpec
    | DepthwiseConvolutionSpec
    | MaxPoolSpec
    | AveragePoolSpec
    | GlobalAveragePoolSpec
    | BatchNormSpec
    | DenseLayerSpec
    | ActivationSpec
    | DropoutSpec
    | FlattenSpec,
    Field(discriminator="kind"),
]


class ResidualSpec(Spec):
    """Layers whose output is added to their input; where it has other channels, or fewer places by
    their strides, a convolution of 1 × 1 takes the input there."""

    kind: Literal["residual"] = "residual"
    layers: list[PlainLayerSpec] = Field(min_length=1, max_length=32)


LayerSpec = Annotated[
    ConvolutionSpec
    | DepthwiseConvolutionSpec
    | MaxPoolSpec
    | AveragePoolSpec
    | GlobalAveragePoolSpec
    | BatchNormSpec
    | DenseLayerSpec
    | ActivationSpec
    | DropoutSpec
    | FlattenSpec
    | ResidualSpec,
    Field(discriminator="kind"),
]
