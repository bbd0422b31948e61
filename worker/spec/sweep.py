"""One request to train several jobs that differ in some fields, and to tell which is best."""

from typing import Annotated, Literal

from pydantic import BeforeValidator, Field, ValidationInfo, field_validator
from pydantic_core import PydanticCustomError

from worker.spec.job import MAX_SECONDS, JobSpec
from worker.spec.part import Spec
from worker.spec.recipes import expanded
from worker.spec.vary import MOST_CANDIDATES, VarySpec, grid_size


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
    vary: VarySpec = Field(
        description='What is tried for each field, such as "optimizer.learning_rate".'
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
    def _is_no_larger_than_a_sweep(cls, value: VarySpec, info: ValidationInfo) -> VarySpec:
        if info.data.get("method") == "grid":
            grid_size(value)
        if info.data.get("method") == "halving" and "epochs" in value:
            raise ValueError("expected the same epochs for all candidates of a halving")
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
            said = "expected how many candidates there are to be, got none"
            raise PydanticCustomError("missing", said)  # so that its place is named
        return value

    @field_validator("halving")
    @classmethod
    def _is_of_halving(cls, value: HalvingSpec | None, info: ValidationInfo) -> HalvingSpec | None:
        if value is not None and info.data.get("method", "halving") != "halving":
            raise ValueError(f'expected the method "halving", got "{info.data["method"]}"')
        return value
