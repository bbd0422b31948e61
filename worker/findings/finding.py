"""A finding: what a person would want to know about a dataset, a job or the rows of a request."""

import math
from dataclasses import dataclass, field
from typing import Literal

from worker.jsontypes import Json

Patch = list[Json]
Severity = Literal["severe", "warning", "info"]
SEVERITIES: tuple[Severity, ...] = ("severe", "warning", "info")


@dataclass(frozen=True)
class Finding:
    """What is wrong, how that shows, and what would help.

    Attributes:
        code: stable name, documented in docs/datasets.md, docs/doctor.md or docs/api.md.
        severity: `severe` when it keeps the network from learning, `warning` when it costs
            quality or misleads whoever reads the results, `info` when it is good to know.
        message: one plain sentence for a beginner.
        evidence: the numbers that show it; empty where the message has all of them.
        patch: a JSON Patch (RFC 6902) on the spec that would help; empty where none would.
        edit: the edits of the dataset that would help, as they are posted; empty where none would.
    """

    code: str
    severity: Severity
    message: str
    evidence: Json = field(default_factory=dict)
    patch: Patch = field(default_factory=list)
    edit: Json = field(default_factory=dict)

    def as_dict(self) -> Json:
        """Returns what is stored and sent. Without evidence it has no `evidence` and no `patch`,
        and without an edit no `edit`."""
        said: Json = {"code": self.code, "severity": self.severity, "message": self.message}
        said |= {"evidence": self.evidence, "patch": self.patch} if self.evidence else {}
        return said | ({"edit": self.edit} if self.edit else {})


def short(number: float) -> float | None:
    """Returns the number rounded to four digits; None where it is infinite or not a number, which
    JSON cannot say."""
    return float(f"{number:.4g}") if math.isfinite(number) else None
