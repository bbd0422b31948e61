"""One request to train again and again: what, when, and from where."""

from typing import Annotated, Literal

from pydantic import BeforeValidator, Field, ValidationInfo, field_validator

from worker.spec.cron import CRON_LENGTH, check_cron, check_time_zone
from worker.spec.job import JobSpec
from worker.spec.part import Spec
from worker.spec.recipes import expanded


class WhenSpec(Spec):
    """Times by cron, or whenever a dataset gets a version."""

    cron: str | None = Field(
        None,
        max_length=CRON_LENGTH,
        description="Minute, hour, day of the month, month and day of the week, such as "
        '"0 3 * * MON".',
    )
    time_zone: str = Field(
        "UTC",
        max_length=64,
        description='Whose clock cron goes by, such as "Europe/Berlin".',
    )
    on: Literal["dataset_version"] | None = Field(
        None,
        description="Whenever a version comes of the upload from which the dataset is.",
        validate_default=True,
    )

    @field_validator("cron")
    @classmethod
    def _comes(cls, value: str | None) -> str | None:
        if value is not None:
            check_cron(value)
        return value

    @field_validator("time_zone")
    @classmethod
    def _is_known(cls, value: str, info: ValidationInfo) -> str:
        if value != "UTC" and info.data.get("cron", "refused") is None:
            raise ValueError("a time_zone goes with cron alone; leave it out")
        check_time_zone(value)
        return value

    @field_validator("on")
    @classmethod
    def _is_one_of_both(cls, value: str | None, info: ValidationInfo) -> str | None:
        # A cron that was refused already is missing here; one complaint is enough.
        if (info.data.get("cron", "refused") is None) == (value is None):
            raise ValueError(
                'expected either cron or "on": "dataset_version", got '
                f"{'neither' if value is None else 'both'}; send one of them"
            )
        return value


class RetrainingSpec(Spec):
    """A job's spec, and when a job is made of it."""

    spec: Annotated[JobSpec, BeforeValidator(expanded)] = Field(
        description="What each job trains. It goes live by the guard alone: promote is not "
        '"always".'
    )
    when: WhenSpec
    dataset: Literal["newest", "named"] = Field(
        "newest",
        description="Whether a job learns from the newest version of the upload from which the "
        "dataset is, or from the one that is named.",
    )
    start: Literal["champion", "nothing"] = Field(
        "champion",
        description="Whether it starts with the weights of the version that answers then, if one "
        "does, or from nothing.",
    )

    @field_validator("spec")
    @classmethod
    def _asks_the_guard(cls, value: JobSpec) -> JobSpec:
        if value.promote == "always":
            raise ValueError(
                'expected promote to be "if_better" or "never", got "always": nobody looks on when '
                "a job of a schedule goes live"
            )
        if value.start_from is not None:
            raise ValueError("expected no start_from; start says from where each job starts")
        for name in ("checkpoint", "verifies"):
            if getattr(value, name) is not None:
                raise ValueError(f"expected a spec that trains a model, got {name}; leave it out")
        return value

    @field_validator("dataset")
    @classmethod
    def _is_the_one_that_came(cls, value: str, info: ValidationInfo) -> str:
        when = info.data.get("when")
        if value == "named" and when is not None and when.on is not None:
            raise ValueError(
                'expected "newest" with "on": "dataset_version": a job learns from the version '
                'that came; got "named"'
            )
        return value
