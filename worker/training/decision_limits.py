"""Which confidence is too low, and which distance too far, chosen on validation rows."""

from math import ceil, floor, isfinite
from typing import NamedTuple

import numpy as np

from worker.findings.binomial import at_most, fewest_rows, upper_bound
from worker.nn.arrays import Array

DOUBT = 0.05  # how often a limit may be too low by mere chance
# Shares of the rows that may be left undecided: which of them, is all that is chosen by the rows.
UNDECIDED = (0.0, 0.01, 0.02, *(part / 20 for part in range(1, 20)))
FAR = 0.01  # share of rows like the training ones that may lie beyond the distance
FEWEST_DISTANCES = 19  # of which the largest is exceeded by one in twenty
# Limits are rounded, so that rows lie clearly on one side whoever computes them.
SURER, FARTHER = 10**6, 10**3
SUREST = 1 - 1 / SURER  # beyond which confidences are alike but for rounding


class LowConfidence(NamedTuple):
    """The confidence below which answers are unsure.

    Attributes:
        rows, wrong: validation rows that reach it, and those of them that are answered wrong.
        bound: the share that are truly wrong among such rows is not above this, but for DOUBT.
    """

    limit: float
    rows: int
    wrong: int
    bound: float


class FarFromTraining(NamedTuple):
    """The distance beyond which answers are unsure.

    Attributes:
        share: of rows like the training ones, how many lie beyond it, on the average at most.
        components: in how many dimensions it is measured.
    """

    limit: float
    share: float
    components: int


def low_confidence(sure: Array, right: Array, error_rate: float) -> LowConfidence | None:
    """The limit that leaves fewest rows undecided, while of those decided no larger share is wrong
    than this; None if none does, as far as these rows can tell.

    As many limits are tried as may hold at all, from the one that leaves most rows undecided. They
    share DOUBT evenly; a limit that holds leaves its part to the next one, a limit that fails does
    not. Then, however they depend on one another, the chance that any that holds is wrong is DOUBT.

    Args:
        sure, right: how sure each answer is, and whether it is right, (m,).

    Source: the test is exact, Clopper and Pearson, 1934; the order that of Wiens, A fixed sequence
    Bonferroni procedure for testing multiple endpoints, 2003.
    """
    falling = np.sort(sure)[::-1]
    counts = tried(len(sure), error_rate)
    part, spare = DOUBT / max(1, len(counts)), 0.0
    found: tuple[float, int, int, float] | None = None
    for count in reversed(counts):
        limit = min(floor(falling[count - 1] * SURER) / SURER, SUREST)
        decided = sure >= limit
        rows, wrong = int(decided.sum()), int((decided & ~right).sum())
        doubt = part + spare
        holds = at_most(wrong, rows, error_rate) <= doubt
        spare = doubt if holds else 0.0
        if holds:
            found = limit, rows, wrong, doubt
    if found is None:
        return None
    limit, rows, wrong, doubt = found  # the bound takes long
    return LowConfidence(limit, rows, wrong, upper_bound(wrong, rows, doubt))


def tried(rows: int, error_rate: float) -> list[int]:
    """How many of the surest rows each limit that is tried lets pass, most first: each is enough to
    tell, if none of them is wrong."""
    counts = sorted({rows - int(share * rows) for share in UNDECIDED}, reverse=True)

    def enough(number: int) -> bool:
        return counts[number - 1] >= fewest_rows(error_rate, DOUBT / number)

    return counts[: max(filter(enough, range(1, len(counts) + 1)), default=0)]


def far_from_training(distances: Array, components: int) -> FarFromTraining | None:
    """The limit that rows like these exceed as seldom as FAR, or as so many rows can tell; None if
    there are too few, or it would be no number.

    Source: a row more is as likely to be of any rank among them; Vovk, Gammerman and Shafer,
    Algorithmic learning in a random world, 2005, section 2.2.
    """
    rows = len(distances)
    if rows < FEWEST_DISTANCES:
        return None
    rank = min(rows, ceil((1 - FAR) * (rows + 1)))
    scaled = float(np.sort(distances)[rank - 1]) * FARTHER
    if not isfinite(scaled):
        return None
    limit = ceil(scaled) / FARTHER
    return FarFromTraining(limit, 1 - rank / (rows + 1), components)
