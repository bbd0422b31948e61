"""What a caller may ask for: words, bounds and defaults. It knows nothing of arrays or HTTP."""

import re
from ipaddress import IPv4Address, IPv6Address
from typing import Annotated, Literal

from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    Field,
    ValidationInfo,
    WithJsonSchema,
    field_validator,
)

# Ids and names meet file paths and Redis keys: nothing but these characters may pass.
DatasetId = Annotated[str, Field(pattern=r"^ds_[0-9a-f]{32}$")]
JobId = Annotated[str, Field(pattern=r"^job_[0-9a-f]{32}$")]
MODEL_NAME = r"^[a-z0-9][a-z0-9._-]{0,62}$"
ModelName = Annotated[str, Field(pattern=MODEL_NAME)]

MAX_EPOCHS = 1_000_000
MAX_SECONDS = 31_536_000  # a year

LABEL = r"[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?"
# No user, no fragment, no backslash and nothing but ASCII: what is left, all programs read alike.
WEBHOOK_URL = re.compile(
    rf"https?://(?P<host>{LABEL}(?:\.{LABEL})*|\[[0-9a-f:.]+\])"
    r'(?::(?P<port>[1-9][0-9]{0,4}))?(?:[/?][!"$-\[\]-~]*)?',
    re.IGNORECASE | re.ASCII,
)


def webhook_url(url: str) -> str:
    """The URL, if it is one that a webhook may have; else a ValueError says what is wrong."""
    parts = WEBHOOK_URL.fullmatch(url)
    if parts is None or len(parts["host"]) > 253 or int(parts["port"] or 0) > 65_535:
        raise ValueError(
            "expected https://host/path in ASCII, without user, fragment, backslash or blank"
        )
    host = parts["host"]
    try:
        if host.startswith("["):
            IPv6Address(host[1:-1])
        elif re.fullmatch(r"[0-9]+|0x[0-9a-f]*", host.lower().rpartition(".")[2]):
            # Resolvers take 127.1, 0x7f000001 and 2130706433 for an address too.
            IPv4Address(host)
    except ValueError as error:
        raise ValueError(f"expected an IP address in its full form, got {host}") from error
    return url


WebhookUrl = Annotated[str, Field(max_length=2_000), AfterValidator(webhook_url)]


class Spec(BaseModel):
    """A part of a job's spec: unchanging, and strict: no field is ignored, no text a number."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True, allow_inf_nan=False)


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


ScheduleSpec = Annotated[
    ConstantSpec | StepSpec | ExponentialSpec | CosineSpec, Field(discriminator="kind")
]


class RegularizationSpec(Spec):
    """What keeps weights and steps small."""

    l2: float = Field(
        0.0, ge=0, le=100, description="Adds l2/2 times the sum of the squared weights to the cost."
    )
    clip_norm: float | None = Field(
        None, gt=0, le=1e9, description="Largest norm of all gradients together."
    )


class EarlyStoppingSpec(Spec):
    """End when the validation loss no longer falls, and take the best weights."""

    patience: int = Field(10, ge=1, le=1_000_000, description="Epochs without a better loss.")
    min_delta: float = Field(0.0, ge=0, le=1e6, description="By how much better counts as better.")


class AugmentationSpec(Spec):
    """Changed copies of the training pictures, other ones in every epoch."""

    flip: bool = Field(False, description="Mirror every other picture, by chance.")
    shift: int = Field(
        0, ge=0, le=64, description="Largest move to each side in pixels; the edge is repeated."
    )


# An enum, since generated clients take a const that stands beside another type for all there is.
AllRows = Annotated[Literal["all"], WithJsonSchema({"type": "string", "enum": ["all"]})]


class JobSpec(Spec):
    """One request to train. Only `dataset` is required."""

    # Parts are made by factories: a default that is an object is what generators of clients refuse.
    dataset: DatasetId = Field(description="Id of a dataset that is ready.")
    model: ModelName = Field(
        "model", description="Name under which the trained network is published as a new version."
    )
    network: NetworkSpec = Field(default_factory=NetworkSpec)
    normalization: Literal["standardize", "scale", "none"] = Field(
        "standardize",
        description="Mean 0 and deviation 1 by the training rows; pixels/255; or as they are.",
    )
    optimizer: OptimizerSpec = Field(
        default_factory=AdamSpec, description="adam with its own defaults, unless it is given."
    )
    schedule: ScheduleSpec = Field(
        default_factory=ConstantSpec, description="constant, unless it is given."
    )
    regularization: RegularizationSpec = Field(default_factory=RegularizationSpec)
    class_weights: Literal["balanced"] | None = Field(
        None, description='"balanced" makes every class count the same, however many rows it has.'
    )
    batch_size: AllRows | Annotated[int, Field(ge=1, le=1_000_000)] = Field(
        64, description='Rows in a step; "all" is gradient descent, 1 is stochastic.'
    )
    max_seconds: int | None = Field(
        None,
        ge=1,
        le=MAX_SECONDS,
        description="Seconds of training after which it ends as it is, if it has not before.",
    )
    priority: Literal["low", "normal", "high"] = Field(
        "normal", description="Which of the jobs that wait come first."
    )
    epochs: int = Field(100, ge=1, le=MAX_EPOCHS, description="Times every training row is seen.")
    validation_fraction: float = Field(
        0.0, ge=0, le=0.9, description="Share of the training rows kept out to watch the training."
    )
    early_stopping: EarlyStoppingSpec | None = None
    augmentation: AugmentationSpec = Field(default_factory=AugmentationSpec)
    seed: int = Field(
        1, ge=0, lt=2**63, description="Of the starting weights and all that is left to chance."
    )
    # Before the precision, whose check looks at it.
    device: Literal["auto", "cpu", "gpu"] = Field(
        "auto",
        description='Where the arithmetic is done; "auto" takes a graphics processor where a '
        "worker has one.",
    )
    precision: Literal["float32", "float64", "tf32"] = Field(
        "float32",
        description="Of the arithmetic in training and of the stored weights; tf32 is float32 "
        "whose products a GPU rounds to 10 bits of fraction, which is faster.",
    )
    parent: JobId | None = Field(
        None, description="Id of the job that this one tries to do better than."
    )
    webhook: WebhookUrl | None = Field(
        None, description="Where to tell that the job has ended; its host must be allowed."
    )

    @field_validator("early_stopping")
    @classmethod
    def _needs_something_to_watch(
        cls, value: EarlyStoppingSpec | None, info: ValidationInfo
    ) -> EarlyStoppingSpec | None:
        if value is not None and not info.data.get("validation_fraction"):
            raise ValueError("early stopping needs a validation_fraction above 0")
        return value

    @field_validator("precision")
    @classmethod
    def _tf32_is_of_gpus_alone(cls, value: str, info: ValidationInfo) -> str:
        # A device that was refused already is missing here; one complaint is enough.
        if value == "tf32" and info.data.get("device", "gpu") != "gpu":
            raise ValueError(f'tf32 needs device "gpu", got device "{info.data["device"]}"')
        return value

    @property
    def dtype(self) -> Literal["float32", "float64"]:
        """What the numbers are stored in; tf32 only says how those of float32 are multiplied."""
        return "float32" if self.precision == "tf32" else self.precision
