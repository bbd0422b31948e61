"""What the doctor has to say."""

import math
from dataclasses import dataclass
from typing import Literal

from worker.jsontypes import Json

Patch = list[Json]
Severity = Literal["severe", "warning", "info"]
SEVERITIES: tuple[Severity, ...] = ("severe", "warning", "info")


@dataclass(frozen=True)
class Finding:
    """What is wrong, how that shows, and what would help.

    Attributes:
        code: stable name, documented in docs/doctor.md.
        severity: `severe` when it keeps the network from learning, else `warning` or `info`.
        message: one plain sentence for a beginner.
        evidence: the numbers that show it.
        patch: a JSON Patch (RFC 6902) on the spec that would help; empty where none would.
    """

    code: str
    severity: Severity
    message: str
    evidence: Json
    patch: Patch


def short(number: float) -> float | None:
    """Four digits of it; nothing for what JSON cannot say."""
    return float(f"{number:.4g}") if math.isfinite(number) else None
