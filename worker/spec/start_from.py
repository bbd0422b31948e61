"""The model from whose weights a network starts."""

from pydantic import Field

from worker.spec.names import ModelName
from worker.spec.part import Spec


class StartFromSpec(Spec):
    """A version of a model; its newest, at the time of the submission, where none is given."""

    model: ModelName
    version: int | None = Field(
        None, ge=1, lt=2**31, description="The newest one is meant where none is given."
    )

    @property
    def fixed(self) -> tuple[str, int]:
        """The model and the version, as they stand in a job that was accepted.

        Raises:
            ValueError: the version is left open.
        """
        if self.version is None:
            raise ValueError("Expected the version that an accepted job has, got none.")
        return self.model, self.version
