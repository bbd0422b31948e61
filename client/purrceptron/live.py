"""How a version does since it answers, and what became of what was said of its predictions."""

from __future__ import annotations

from typing import Any

from purrceptron.answers import Answer, Finding, Problem


class Judged(Answer):
    """What became of a truth: `noted`, `unchanged`, `corrected`, or `refused` for a problem."""

    prediction_id: str
    outcome: str
    problem: Problem | None = None


class Live(Answer):
    """How a version does: how many of the predictions that were judged were right, with the 95 %
    interval of that share, and what has changed in what it is asked, if that can be told."""

    model: str
    version: int
    predictions: int
    judged: int
    right: int
    accuracy: float | None = None
    accuracy_interval: tuple[float, float] | None = None
    unsure: int = 0
    far: int = 0
    periods: list[dict[str, Any]] = []
    classes: list[dict[str, Any]] = []
    findings: list[Finding] = []
