"""From a job and what should be otherwise to the spec of another job."""

from typing import Annotated, Any, Literal

from fastapi.exceptions import RequestValidationError
from pydantic import BaseModel, Field, ValidationError

from worker.jobs.record import Record
from worker.jsontypes import Json
from worker.operations.revision import changes, prescribed, revised
from worker.spec import JobSpec
from worker.store.stored_spec import in_todays_words

FindingCode = Annotated[str, Field(max_length=64)]


class Retry(BaseModel):
    """What the next job should do otherwise; nothing at all is the same job again."""

    model_config = {"extra": "forbid"}

    findings: Literal["all"] | Annotated[list[FindingCode], Field(max_length=50)] | None = Field(
        None, description="Codes of the job's findings whose patches are to be followed."
    )
    patch: list[Any] = Field(
        [], description="A JSON Patch (RFC 6902) on the spec, after those of the findings."
    )


class InvalidSpec(RequestValidationError):
    """What is wrong in the spec of a job, which is not the body that came."""


class Change(BaseModel):
    """A place in the spec that is otherwise."""

    path: str
    before: Any
    after: Any


def retried(parent: Record, retry: Retry) -> tuple[JobSpec, list[Json]]:
    """The spec of the next job, and where it differs from its parent's.

    Raises:
        InvalidParameter: the changes cannot be made.
        InvalidSpec: the spec that they lead to cannot be asked for.
    """
    body = spec = in_todays_words(parent.body)
    if retry.findings is not None:
        codes = None if retry.findings == "all" else retry.findings
        # The findings may be of an earlier version, too.
        spec = in_todays_words(revised(spec, prescribed(parent.findings or [], codes)))
        # What is otherwise has to be trained, and is no training that was done before.
        spec = {**spec, "checkpoint": None, "verifies": None}
    spec = revised(spec, retry.patch)
    differences = [change for change in changes(body, spec) if change["path"] != "/parent"]
    try:
        return JobSpec.model_validate({**spec, "parent": parent.id}), differences
    except ValidationError as error:
        faults = [{**fault, "loc": ("body", *fault["loc"])} for fault in error.errors()]
        raise InvalidSpec(faults, body=spec) from error
