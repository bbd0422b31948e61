"""Notes and tags: what a person keeps about a job, a dataset or a model."""

from typing import Annotated

from pydantic import AfterValidator, Field

from worker.spec.part import Spec

MOST_TAGS, NOTES_CHARACTERS = 16, 4_000
TAG = r"^[a-z0-9._-]{1,64}$"  # tags become parts of Redis keys


def each_once(tags: list[str]) -> list[str]:
    """Returns the tags, sorted, each once."""
    return sorted({*tags})


Tag = Annotated[str, Field(pattern=TAG)]
Tags = Annotated[list[Tag], Field(max_length=MOST_TAGS), AfterValidator(each_once)]
Notes = Annotated[str, Field(max_length=NOTES_CHARACTERS)]


class LabelsPatch(Spec):
    """A JSON Merge Patch (RFC 7396): what is not named stays, and null takes it away."""

    notes: Notes | None = None
    tags: Tags | None = Field(None, description="All of them; those of before go.")
