"""What the service answers, as values that can be looked at."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, ClassVar

from pydantic import BaseModel, ConfigDict

from purrceptron.calling import call, stream
from purrceptron.rendering import nothing, parts_of, shown, table


class Answer(BaseModel):
    """Something that the service said.

    Fields that this library does not know are kept, as attributes too: a newer service may tell
    more. `print` shows all that is there; in an interpreter those fields that `brief` names.
    """

    model_config = ConfigDict(extra="allow", ignored_types=(call, stream))

    brief: ClassVar[tuple[str, ...]] = ()

    def __repr_args__(self) -> Iterator[tuple[str | None, Any]]:
        for name, value in parts_of(self).items():
            if (name in self.brief or not self.brief) and not nothing(value):
                yield name, value

    def __str__(self) -> str:
        return table(parts_of(self))

    def in_a_line(self) -> str:
        """Returns what is said of it within another answer."""
        return shown(parts_of(self))


class Problem(Answer):
    """Why a job, an import or a row of several came to nothing."""

    code: str
    detail: str

    def in_a_line(self) -> str:
        return f"{self.code}: {self.detail}"


class Finding(Answer):
    """Something that the service has to say: what is wrong, and what would help.

    Of a job `patch` is the JSON Patch on its spec that would help, of a dataset `edit` the edit.
    """

    code: str
    severity: str
    message: str
    evidence: dict[str, Any] = {}
    patch: list[dict[str, Any]] | None = None
    edit: dict[str, Any] | None = None

    brief = ("code", "severity", "message")

    def in_a_line(self) -> str:
        return f"{self.severity} {self.code}: {self.message}"
