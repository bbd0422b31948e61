"""When a model's answers are unsure: what was fitted for that, and why something was not."""

from dataclasses import dataclass, replace
from typing import NamedTuple

import numpy as np

from worker.findings.binomial import fewest_rows, smallest_share, upper_bound
from worker.findings.intervals import wilson_interval
from worker.jsontypes import Json
from worker.nn.arrays import Array
from worker.training.decision_limits import (
    DOUBT,
    FEWEST_DISTANCES,
    FarFromTraining,
    LowConfidence,
    far_from_training,
    low_confidence,
    tried,
)
from worker.training.familiarity import Familiarity


class Off(NamedTuple):
    """Why answers are not unsure, or not for one of the two reasons: a code, and in words."""

    reason: str
    detail: str


NO_ROWS = Off(
    "no_validation_rows",
    "It was trained without validation rows, by which it is chosen when an answer is unsure. Train "
    'again with "validation_fraction": 0.2, or with a dataset that has rows to validate.',
)
NOT_WANTED = Off("not_wanted", 'Its job said "unsure": null.')
PIXELS = Off(
    "pixels_alone",
    "Without hidden layers the network sees nothing but pixels, and how far these are from those "
    "of the training rows says little. Give it hidden layers, or a backbone.",
)
ALIKE = Off(
    "all_alike",
    "What comes to the last layer is the same for all training rows of a class, so no distance can "
    "be told.",
)
TOO_LARGE = Off(
    "numbers_too_large",
    "The squares of what comes to the last layer are too large for numbers, so no distance can be "
    "told. Train again with another normalization, or with a smaller learning rate.",
)


@dataclass(frozen=True)
class Unsure:
    """When answers are unsure.

    Attributes:
        error_rate: the largest share of wrong ones among the answers that are decided; None where
            nothing was wanted.
        rows: for validation.
        temperature: what the logits are divided by for a confidence; None without such rows.
        low, far: the limits; None where an answer is not unsure for that reason.
        off: why one of them is None.
        familiarity: by which distances are told, where there is a limit to them.
    """

    error_rate: float | None = None
    rows: int = 0
    temperature: float | None = None
    low: LowConfidence | None = None
    far: FarFromTraining | None = None
    off: Off | None = None
    familiarity: Familiarity | None = None

    @property
    def enabled(self) -> bool:
        return self.low is not None or self.far is not None

    @property
    def memory(self) -> int:
        """Bytes that are kept of it."""
        return 0 if self.familiarity is None else self.familiarity.memory

    def as_dict(self) -> Json:
        """What a manifest says."""
        return {
            "enabled": self.enabled,
            "reason": self.off and self.off.reason,
            "detail": self.off and self.off.detail,
            "error_rate": self.error_rate,
            "validation_rows": self.rows,
            "temperature": self.temperature,
            "low_confidence": self.low and self.low._asdict(),
            "far_from_training": self.far and self.far._asdict(),
        }

    def without_confidence(self, why: Off) -> "Unsure":
        """The same, but that no answer is unsure for a low confidence."""
        return replace(self, low=None, off=why)

    def never(self, why: Off) -> "Unsure":
        """The same, but that no answer is unsure; how confident each is, is still known."""
        return replace(self, low=None, far=None, off=why)

    def near(self, distances: Array) -> Array:
        """Which samples are not too far from the training rows, (m,)."""
        # What is no number is within no limit.
        return np.full(len(distances), True) if self.far is None else distances <= self.far.limit

    def confident(self, sure: Array) -> Array:
        """Which answers are not too little confident, (m,)."""
        return np.full(len(sure), True) if self.low is None else sure >= self.low.limit


def fitted(
    error_rate: float,
    temperature: float,
    familiarity: Familiarity | Off,
    sure: Array,
    right: Array,
    distances: Array,
) -> Unsure:
    """The limits that hold on validation rows: first that of distances, then that of confidences
    on the rows within it.

    Args:
        familiarity: or why there is none.
        sure, right: how confident each answer is, and whether it is right, (m,).
        distances: of each row, (m,), if distances can be told.
    """
    rows, far, off = len(sure), None, None
    near = np.ones(rows, bool)
    if isinstance(familiarity, Off):
        off = familiarity
    elif rows < FEWEST_DISTANCES:
        off = too_few(rows, FEWEST_DISTANCES, "to tell which distance is far")
    elif (far := far_from_training(distances, familiarity.components)) is None:
        off = TOO_LARGE
    else:
        near = distances <= far.limit
    low = low_confidence(sure[near], right[near], error_rate)
    if low is None:
        off = not_reached(sure[near], right[near], error_rate)
    known = None if far is None or isinstance(familiarity, Off) else familiarity
    return Unsure(error_rate, rows, temperature, low, far, off, known)


def not_reached(sure: Array, right: Array, error_rate: float) -> Off:
    """Why no confidence was found below which answers are unsure."""
    rows, needed = len(sure), fewest_rows(error_rate, DOUBT)
    if rows < needed:
        held = f"to hold an error rate of {error_rate:g}"
        told = f' With "error_rate" above {smallest_share(rows, DOUBT):.2g} so many may do.'
        few = too_few(rows, needed, held)
        return few._replace(detail=few.detail + (told if rows else ""))
    surest = tried(rows, error_rate)[-1]
    wrong = int((~right[np.argsort(-sure, kind="stable")[:surest]]).sum())
    return Off(
        "error_rate_not_reached",
        f"Of the {surest:,} validation rows of which it is surest, {wrong:,} are answered wrong: "
        f"a share of {upper_bound(wrong, surest, DOUBT):.2g} may truly be, and no more than "
        f"{error_rate:g} was wanted. Train a better model, or allow a larger error_rate.",
    )


def too_few(rows: int, needed: int, what: str) -> Off:
    return Off(
        "too_few_validation_rows",
        f"Expected at least {needed:,} validation rows {what}, got {rows:,}. Set a larger "
        "validation_fraction, or send more rows.",
    )


def outcome(unsure: Unsure, sure: Array, right: Array, distances: Array) -> Json | None:
    """What comes of it on other rows: how many are decided, and how many of these wrong; None if
    no answer is ever unsure.

    Args:
        sure, right, distances: as for `fitted`.
    """
    if not unsure.enabled:
        return None
    rows, within = len(sure), unsure.near(distances)
    decided = within & unsure.confident(sure)
    near, count, wrong = (int(some.sum()) for some in (within, decided, decided & ~right))
    return {
        "decided": count,
        "coverage": count / rows,
        "coverage_interval": list(wilson_interval(count, rows)),
        "wrong": wrong,
        "error": wrong / count if count else None,
        "error_interval": list(wilson_interval(wrong, count)) if count else None,
        "far_from_training": rows - near,
        "low_confidence": near - count,
    }
