"""One upload, and what is to become of it."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from worker.jsontypes import Json

READY, CORRUPT, UNSAFE, UNSUPPORTED, TOO_MUCH = (
    "ready", "corrupt_file", "unsafe_file", "unsupported_media_type", "limit_exceeded"
)  # fmt: skip
# Of bytes that were changed any of these is right: what comes of them is a matter of chance.
CHANGED = f"{READY}|{CORRUPT}|{UNSAFE}|{UNSUPPORTED}|{TOO_MUCH}|too_costly"


@dataclass(frozen=True)
class Case:
    """An upload.

    Attributes:
        name: of the case.
        files: what is sent, by its name.
        expected: a pattern for the code of the refusal, or for READY.
        words: a pattern for a part of what is said: the refusal, or the findings' messages.
        query: the options that are asked for.
    """

    name: str
    files: Mapping[str, bytes]
    expected: str = READY
    words: str = ""
    query: Mapping[str, str] = field(default_factory=dict)

    def fault(self, code: str, said: str) -> str | None:
        """Returns what is wrong with an answer; None where it is what was expected."""
        if not re.fullmatch(self.expected, code):
            return f"expected {self.expected}, got {code}: {said:.300}"
        if not re.search(self.words, said):
            return f"expected {self.words!r} to be said, got {said:.300}"
        return None


def said_of(dataset: Json) -> tuple[str, str]:
    """Returns the code of what became of an upload, and all that is said of it."""
    if problem := dataset.get("problem"):
        return problem["code"], problem["detail"]
    told = (f"{finding['code']}: {finding['message']}" for finding in dataset["findings"])
    return dataset["state"], "\n".join(told)
