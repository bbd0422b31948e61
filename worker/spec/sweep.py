"""One request to train several jobs that differ in some fields, and to tell which is best."""

from typing import Annotated, Any, Literal

from pydantic import (
    BeforeValidator,
    ConfigDict,
    Discriminator,
    Field,
    Tag,
    ValidationInfo,
    field_validator,
)

from worker.spec.job import MAX_SECONDS, JobSpec
from worker.spec.part import Spec
from worker.spec.recipes import expanded

MOST_CANDIDATES = 200
MOST_FIELDS, MOST_VALUES = 8, 50
# By these, candidates would be no trainings of one thing, or would not be compared on the same
# rows; or they are of one job alone.
FIXED = (
    "dataset", "model", "recipe", "validation_fraction", "device", "accept", "checkpoint",
    "verifies", "keep_checkpoints", "parent", "webhook", "priority", "promote", "notes", "tags",
)  # fmt: skip
FIELD = r"^[a-z][a-z0-9_]*(\.[a-z][a-z0-9_]*){0,4}$"

FieldPath = Annotated[str, Field(pattern=FIELD, max_length=120)]
Number = int | float


class ValuesSpec(Spec):
    """A field that has one of these values."""

    values: list[Any] = Field(min_length=1, max_length=MOST_VALUES)


class RangeSpec(Spec):
    """A field that has a number between two others, both of which it may be."""

    model_config = ConfigDict(serialize_by_alias=True)

    low: Number = Field(alias="from")
    high: Number = Field(alias="to")
    scale: Literal["linear", "log"] = Field(
        "linear", description="Between the numbers of a grid is the same difference, or factor."
    )
    count: int | None = Field(
        None, ge=2, le=MOST_VALUES, description="How many numbers a grid takes of it."
    )
    whole: bool = Field(False, description="Whether they are rounded to whole numbers.")

    @field_validator("high")
    @classmethod
    def _is_above(cls, value: Number, info: ValidationInfo) -> Number:
        if value <= info.data.get("low", -float("inf")):
            raise ValueError("expected a number above `from`")
        return value

    @field_validator("scale")
    @classmethod
    def _has_a_logarithm(cls, value: str, info: ValidationInfo) -> str:
        if value == "log" and info.data.get("low", 1) <= 0:
            raise ValueError('expected `from` above 0 for the scale "log"')
        return value


def _said_by(field: Any) -> str:
    values = "values" in field if isinstance(field, dict) else isinstance(field, ValuesSpec)
    return "values" if values else "range"


VariedField = Annotated[
    Annotated[ValuesSpec, Tag("values")] | Annotated[RangeSpec, Tag("range")],
    Discriminator(_said_by),
]


class BudgetSpec(Spec):
    """What all candidates together may take; what has begun is not ended by it."""

    jobs: int | None = Field(None, ge=1, le=MOST_CANDIDATES, description="Candidates, at most.")
    seconds: float | None = Field(
        None, gt=0, le=MAX_SECONDS, description="Of training, after which none begins or goes on."
    )


class HalvingSpec(Spec):
    """All candidates train for some epochs; the best share of them goes on, and so on."""

    reduction: int = Field(
        3, ge=2, le=10, description="One of so many goes on, for so many times the epochs."
    )
    first_epochs: int | None = Field(
        None,
        ge=1,
        description="After which the first go; where none are given, so many that one is left.",
    )


class SweepSpec(Spec):
    """A job's spec, and what is tried for some of its fields."""

    spec: Annotated[JobSpec, BeforeValidator(expanded)] = Field(
        description="What all candidates have in common. It must leave rows to validate by."
    )
    method: Literal["grid", "random", "halving"] = Field(
        "grid",
        description="All combinations; or `count` of them by chance; or these, of which the worse "
        "are given up on the way.",
    )
    vary: dict[FieldPath, VariedField] = Field(
        min_length=1,
        max_length=MOST_FIELDS,
        description='What is tried for each field, such as "optimizer.learning_rate".',
    )
    count: int | None = Field(
        None,
        ge=1,
        le=MOST_CANDIDATES,
        description="Candidates, of random and halving.",
        validate_default=True,
    )
    seed: int = Field(1, ge=0, lt=2**63, description="Of the candidates that chance chooses.")
    parallel: int = Field(
        1, ge=1, le=64, description="How many of its jobs may wait or run at a time."
    )
    budget: BudgetSpec | None = None
    halving: HalvingSpec | None = Field(None, description="Of the method halving alone.")
    refit: bool = Field(
        True,
        description="Whether the best is trained once more, on the training and the validation "
        "rows, and published.",
    )

    @field_validator("vary")
    @classmethod
    def _compares_what_can_be_compared(
        cls, value: dict[str, VariedField], info: ValidationInfo
    ) -> dict[str, VariedField]:
        if fixed := sorted({path.partition(".")[0] for path in value} & {*FIXED}):
            raise ValueError(f"expected fields that a training is made of, got {', '.join(fixed)}")
        for path, field in value.items():
            if (
                info.data.get("method") == "grid"
                and isinstance(field, RangeSpec)
                and not field.count
            ):
                raise ValueError(
                    f"expected a count for {path}: how many numbers of it a grid takes"
                )
            if inside := [other for other in value if other.startswith(f"{path}.")]:
                raise ValueError(f"{inside[0]} lies in {path}; vary one of the two")
        return value

    @field_validator("count")
    @classmethod
    def _is_said_where_it_counts(cls, value: int | None, info: ValidationInfo) -> int | None:
        method = info.data.get("method")
        if value is not None and method == "grid":
            raise ValueError(
                "a grid has as many candidates as there are combinations; leave it out"
            )
        if value is None and method in ("random", "halving"):
            raise ValueError(f"expected how many candidates the method {method} has, got none")
        return value

    @field_validator("halving")
    @classmethod
    def _is_of_halving(cls, value: HalvingSpec | None, info: ValidationInfo) -> HalvingSpec | None:
        if value is not None and info.data.get("method", "halving") != "halving":
            raise ValueError(f'expected the method "halving", got "{info.data["method"]}"')
        return value
