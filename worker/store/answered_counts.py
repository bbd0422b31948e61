"""What was answered and what was true, in numbers."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from math import sqrt
from typing import Self

import numpy as np

from worker.data.pictures.brightness import brightness
from worker.nn.arrays import Array
from worker.store.answered import FAR, NONE, UNSURE
from worker.store.stored_rows import StoredRows

SAMPLED = 500  # training rows that stand for all


@dataclass
class Light:
    """How bright pictures are: how many there are, the mean and the deviation, from 0 to 1."""

    rows: int
    mean: float
    deviation: float

    @classmethod
    def of(cls, found: Array) -> Self | None:
        """That of these, (m,); None of less than two."""
        if len(found) < 2:
            return None
        return cls(len(found), float(found.mean()), float(found.std(ddof=1)))

    def apart(self, other: "Light") -> float:
        """How many standard errors the means are apart.

        Source: Welch, The generalization of "Student's" problem when several different population
        variances are involved, 1947; of many rows it is as good as normal.
        """
        error = sqrt(self.deviation**2 / self.rows + other.deviation**2 / other.rows)
        return abs(self.mean - other.mean) / error if error else 0.0


@dataclass
class Counts:
    """Attributes:
    predictions, unsure, far: how many answers there were, how many of them unsure, and how many to
        what is far from the training rows.
    judged, right: of how many the truth is known, and how many of these name it.
    answered, true: by the number of a class, how many answers name it, and how many are truly of
        it; `true` has one number more, of those that are of none.
    light: of the pictures; None where there were none.
    """

    predictions: int
    unsure: int
    far: int
    judged: int
    right: int
    answered: list[int] = field(default_factory=list)
    true: list[int] = field(default_factory=list)
    light: Light | None = None


class Answered:
    """Rows of several segments with what is true of them, in the order of their times.

    Args:
        segments: for each the rows and the truths.
    """

    def __init__(self, segments: Sequence[tuple[Array, Array]], classes: int) -> None:
        self._classes = classes
        found = [(rows, truth_of(rows, truths, classes)) for rows, truths in segments if len(rows)]
        self._rows = np.concatenate([rows for rows, _ in found]) if found else None
        self._truth = np.concatenate([truth for _, truth in found]) if found else np.empty(0, int)

    def between(self, since_ms: int, until_ms: int) -> Counts:
        """Returns what was answered from one time on and before another."""
        if self._rows is None:
            none = [0] * self._classes
            return Counts(0, 0, 0, 0, 0, none, [*none, 0])
        times = self._rows["at_ms"]
        chosen = (times >= since_ms) & (times < until_ms)
        rows, truth = self._rows[chosen], self._truth[chosen]
        known, labels = truth >= 0, rows["label"].astype("int64")
        light = rows["brightness"]
        return Counts(
            len(rows),
            int(np.count_nonzero(rows["flags"] & UNSURE)),
            int(np.count_nonzero(rows["flags"] & FAR)),
            int(known.sum()),
            int((labels == truth)[known].sum()),
            np.bincount(labels, minlength=self._classes).tolist(),
            np.bincount(truth[known], minlength=self._classes + 1).tolist(),
            Light.of(light[np.isfinite(light)].astype("float64")),
        )


def truth_of(rows: Array, truths: Array, classes: int) -> Array:
    """Returns the number of the true class of each row, (rows,): −1 where it is not known, and as
    many as there are classes of what is of none."""
    found = np.full(len(rows), -1, "int64")
    within = truths[truths["row"] < len(rows)]
    found[within["row"]] = np.where(within["label"] == NONE, classes, within["label"])
    return found


def light_of(rows: StoredRows) -> Light | None:
    """Returns how bright the pictures of a split are, by some evenly apart.

    Raises:
        DatasetNotFound: it is not there any more.
    """
    count = len(rows.labels)
    numbers = range(0, count, max(1, count // SAMPLED))
    return Light.of(np.array([brightness(rows.row(number)) for number in numbers]))
