"""What a caller may ask for: words, bounds and defaults. It knows nothing of arrays or HTTP."""

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

# Ids and names meet file paths and Redis keys: nothing but these characters may pass.
DatasetId = Annotated[str, Field(pattern=r"^ds_[0-9a-f]{32}$")]
MODEL_NAME = r"^[a-z0-9][a-z0-9._-]{0,62}$"
ModelName = Annotated[str, Field(pattern=MODEL_NAME)]


class Spec(BaseModel):
    """A part of a job's spec: unchanging, and strict about unknown fields and numbers."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)


class NetworkSpec(Spec):
    """Dense layers from the input to the logits."""

    hidden_units: list[Annotated[int, Field(ge=1, le=65_536)]] = Field(
        [20, 7, 5],
        max_length=64,
        description="Units of each hidden layer; an empty list is logistic regression.",
    )
    activation: Literal["relu", "tanh", "sigmoid"] = Field(
        "relu", description="Between the layers. relu with he, tanh with xavier or glorot."
    )
    initializer: Literal["he", "xavier", "glorot"] = Field(
        "he", description="Variance of the starting weights: 2/n_in, 1/n_in, 2/(n_in + n_out)."
    )


LearningRate = Annotated[float, Field(gt=0, le=1_000)]
Decay = Annotated[float, Field(ge=0, lt=1)]


class SGDSpec(Spec):
    """Gradient descent; stochastic or in mini-batches as `batch_size` says."""

    kind: Literal["sgd"] = "sgd"
    learning_rate: LearningRate = Field(0.01, description="Size of a step along the gradient.")


class AdamSpec(Spec):
    """Steps scaled by running means of the gradient and of its square."""

    kind: Literal["adam"] = "adam"
    learning_rate: LearningRate = Field(0.001, description="About the size of each step.")
    beta1: Decay = Field(0.9, description="Decay per step of the mean gradient.")
    beta2: Decay = Field(0.999, description="Decay per step of its mean square.")
    eps: float = Field(1e-8, gt=0, le=1, description="Added to the divisor against division by 0.")


OptimizerSpec = Annotated[SGDSpec | AdamSpec, Field(discriminator="kind")]


class JobSpec(Spec):
    """One request to train. Only `dataset` is required."""

    dataset: DatasetId = Field(description="Id of a dataset that is ready.")
    model: ModelName = Field(
        "model", description="Name under which the trained network is published as a new version."
    )
    network: NetworkSpec = NetworkSpec()
    normalization: Literal["standardize", "scale", "none"] = Field(
        "standardize",
        description="Mean 0 and deviation 1 by the training rows; pixels/255; or as they are.",
    )
    optimizer: OptimizerSpec = AdamSpec()
    batch_size: Literal["all"] | Annotated[int, Field(ge=1, le=1_000_000)] = Field(
        64, description='Rows in a step; "all" is gradient descent, 1 is stochastic.'
    )
    epochs: int = Field(100, ge=1, le=1_000_000, description="Times every training row is seen.")
    seed: int = Field(
        1, ge=0, lt=2**63, description="Of the starting weights and the order of rows."
    )
    precision: Literal["float32", "float64"] = Field(
        "float32", description="Of the arithmetic in training and of the stored weights."
    )
