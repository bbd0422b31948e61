"""A checkpoint of a job, as a spec names it."""

from pydantic import Field

from worker.spec.names import JobId
from worker.spec.part import Spec


class CheckpointSpec(Spec):
    """Where a job stood at the end of an epoch."""

    job: JobId
    epoch: int = Field(ge=1)
