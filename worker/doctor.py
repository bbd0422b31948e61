"""Reads the vital signs of a training and says why it does not learn."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from worker.spec import JobSpec

Json = dict[str, Any]


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
    severity: str
    message: str
    evidence: Json
    patch: list[Json]


class Statistics(Protocol):
    """What is known of the data."""

    @property
    def train_per_class(self) -> list[int]: ...
    @property
    def test_rows(self) -> int: ...
    @property
    def input_mean(self) -> float: ...
    @property
    def input_deviation(self) -> float: ...
    @property
    def constant_features(self) -> int: ...


def examine(epochs: Sequence[Json], spec: JobSpec, statistics: Statistics) -> list[Finding]:
    """All findings on the epochs so far, the most severe first."""
    return []
