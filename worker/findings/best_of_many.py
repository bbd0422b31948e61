"""Several candidates on the same rows: which are behind the best, though that was picked for being
ahead."""

from collections.abc import Sequence
from math import erfc, sqrt

from worker.findings.cochran import holm


def upper_tail(x: float) -> float:
    """Returns how often a standard normal number is x or more."""
    return erfc(x / sqrt(2)) / 2


ABOVE_NORMAL = 1 / (4 * upper_tail(sqrt(2)))  # 3.178


def ahead_by_chance(total: float, squares: float) -> float:
    """Returns how often, at most, differences of which each may as well have the other sign sum to
    so much or more, from 0 to 1. It holds for any number of rows and however large a few are.

    Args:
        total: of the differences of all rows, that of the other less that of the one ahead.
        squares: the sum of their squares, or more.

    Source: Bentkus and Dzindzalieta, A tight Gaussian bound for weighted sums of Rademacher random
    variables, 2015: no such sum exceeds a bound more often than 3.178 times a normal number.
    """
    if total <= 0:
        return 1.0
    return min(1.0, ABOVE_NORMAL * upper_tail(total / sqrt(squares)))


def most_disagreement(right: int, other: int, rows: int) -> int:
    """Returns on how many rows two models are not both right or both wrong, at most, where it is
    known of each only how many rows it answered right."""
    return right + other - 2 * max(0, right + other - rows)


def behind_the_best(chances: Sequence[float]) -> list[float]:
    """Returns the p of each candidate but the best, in their order: whoever calls those below 0.05
    worse than the best calls any so that is not in at most one of twenty sweeps.

    Args:
        chances: how often each would be as far behind the best by chance, were it not worse than
            that one.

    By Holm each of the n candidates would be called better than one that is not worse in at most
    0.05/n of all sweeps, were it the one that is picked: so whichever is picked, it is in 0.05.

    Source: the question is that of Hsu, Constrained simultaneous confidence intervals for multiple
    comparisons with the best, 1984, whose bounds need costs that are distributed normally.
    """
    candidates = len(chances) + 1
    return [min(1.0, candidates * p) for p in holm(chances)]
