"""One request to train."""

from typing import Annotated, Any, Literal

from pydantic import (
    Field,
    ValidationInfo,
    WithJsonSchema,
    field_validator,
    model_validator,
)

from worker.spec.address import PlainUrl
from worker.spec.augmentation import AugmentationSpec
from worker.spec.checkpoint import CheckpointSpec
from worker.spec.early_stopping import EarlyStoppingSpec
from worker.spec.folds import MAX_EPOCHS, Folds, Repeats
from worker.spec.labels import Notes, Tags
from worker.spec.names import BackboneName, DatasetId, FindingCode, JobId, ModelName
from worker.spec.network import MOST_LAYERS, DenseSpec, NetworkSpec
from worker.spec.optimizers import AdamSpec, OptimizerSpec
from worker.spec.part import Spec
from worker.spec.regularization import RegularizationSpec
from worker.spec.schedules import ConstantSpec, ScheduleSpec
from worker.spec.start_from import StartFromSpec
from worker.spec.unsure import UnsureSpec
from worker.spec.verifies import VerifiesSpec

MAX_SECONDS = 31_536_000  # a year

# An enum, since generated clients take a const that stands beside another type for all there is.
AllRows = Annotated[Literal["all"], WithJsonSchema({"type": "string", "enum": ["all"]})]


class JobSpec(Spec):
    """One request to train. Only `dataset` is required."""

    # Parts are made by factories: a default that is an object is what generators of clients refuse.
    dataset: DatasetId = Field(description="Id of a dataset that is ready.")
    model: ModelName = Field(
        "model", description="Name under which the trained network is published as a new version."
    )
    recipe: Literal["classic", "photos", "backbone", "table"] | None = Field(
        None,
        description="What the fields come from that a submission does not give; GET /v1/recipes "
        "says which. One that gives neither recipe nor network gets what suits its dataset.",
    )
    backbone: BackboneName | None = Field(
        None,
        description="Name or id of a backbone that is ready: the network learns from the features "
        "that it makes of the pictures, and not from these.",
    )
    network: NetworkSpec = Field(
        default_factory=DenseSpec, description="dense with its own defaults, unless it is given."
    )
    start_from: StartFromSpec | None = Field(
        None,
        description="A model: layers with the shapes of its own start with its weights; "
        "a network and a normalization that are not given are the model's.",
    )
    freeze: int = Field(
        0,
        ge=0,
        le=MOST_LAYERS,
        description="How many of the first layers with parameters keep the weights of start_from, "
        "and answer in training as they do afterwards.",
    )
    normalization: Literal["standardize", "center", "scale", "none"] = Field(
        "standardize",
        description="Mean 0 and deviation 1 by the training rows; mean 0, and one scale for all; "
        "pixels/255; or as they are.",
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
    keep_checkpoints: int = Field(
        0,
        ge=0,
        le=100,
        description="How many checkpoints at the ends of epochs stay, the newest of those that are "
        "written, for one to be published.",
    )
    checkpoint: CheckpointSpec | None = Field(
        None, description="A checkpoint that is published as it stands; nothing is trained."
    )
    verifies: VerifiesSpec | None = Field(
        None, description="A version that is trained again and compared; none is published."
    )
    priority: Literal["low", "normal", "high"] = Field(
        "normal", description="Which of the jobs that wait come first."
    )
    epochs: int = Field(100, ge=1, le=MAX_EPOCHS, description="Times every training row is seen.")
    validation_fraction: float = Field(
        0.0, ge=0, le=0.9, description="Share of the training rows kept out to watch the training."
    )
    early_stopping: EarlyStoppingSpec | None = None
    folds: Folds = None
    repeats: Repeats = 1
    unsure: UnsureSpec | None = Field(
        default_factory=UnsureSpec,
        description="When the model rather says that it is unsure, chosen by the validation rows; "
        "null for never.",
    )
    average_weights: float | None = Field(
        None,
        ge=0.9,
        le=0.9999,
        description="Decay per step of a running mean of the weights, which answers and is "
        "measured in their place; null for the weights themselves.",
    )
    label_smoothing: float = Field(
        0.0,
        ge=0,
        lt=0.5,
        description="Share of each target that is spread over all classes, so that no answer is "
        "taught to be certain.",
    )
    augmentation: AugmentationSpec = Field(default_factory=AugmentationSpec)
    promote: Literal["if_better", "never", "always"] = Field(
        "if_better",
        description="Whether its version answers from then on where none is named: if it is not "
        "worse than the one that does; never, unless there is no other; or always.",
    )
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
    accept: list[FindingCode] = Field(
        default_factory=list,
        max_length=16,
        description="Codes of severe findings of the dataset in spite of which it trains; without "
        "them it is refused.",
    )
    parent: JobId | None = Field(
        None, description="Id of the job that this one tries to do better than."
    )
    webhook: PlainUrl | None = Field(
        None, description="Where to tell that the job has ended; its host must be allowed."
    )
    notes: Notes = Field("", description="Of the job as it is made; a PATCH changes the job's.")
    tags: Tags = Field(
        default_factory=list, description="Of the job as it is made, by which lists are filtered."
    )

    @model_validator(mode="before")
    @classmethod
    def _of_features_is_logistic_regression(cls, body: Any) -> Any:
        """Without hidden layers, where they are not given: a backbone has enough of them."""
        if not isinstance(body, dict) or body.get("backbone") is None:
            return body
        # Without a recipe, which would say it; a body that says neither gets one later.
        network = body.get("network", None if body.get("recipe", "later") else {})
        if not isinstance(network, dict) or network.get("kind", "dense") != "dense":
            return body
        return {**body, "network": {"hidden_units": [], **network}}

    @field_validator("freeze")
    @classmethod
    def _needs_weights_to_keep(cls, value: int, info: ValidationInfo) -> int:
        # A start_from that was refused already is missing here; one complaint is enough.
        if value and info.data.get("start_from", "refused") is None:
            raise ValueError("freeze above 0 needs start_from: drawn weights have to learn")
        return value

    @field_validator("network")
    @classmethod
    def _takes_features(cls, value: NetworkSpec, info: ValidationInfo) -> NetworkSpec:
        if info.data.get("backbone") is not None and not isinstance(value, DenseSpec):
            raise ValueError(
                f'features of a backbone need a network of kind "dense", got "{value.kind}"'
            )
        return value

    @field_validator("augmentation")
    @classmethod
    def _is_made_of_features(
        cls, value: AugmentationSpec, info: ValidationInfo
    ) -> AugmentationSpec:
        others = sorted(value.model_dump(exclude_defaults=True).keys() - {"flip"})
        if info.data.get("backbone") is not None and others:
            raise ValueError(
                "features of a backbone are made once, of each picture and, with flip, of the "
                f"mirrored one; got {', '.join(others)} too, which would need others in every "
                "epoch; leave that out"
            )
        return value

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

    @property
    def error_rate(self) -> float | None:
        """Of answers that are decided; None where no answer is to be unsure."""
        return None if self.unsure is None else self.unsure.error_rate
