"""Two models on the same rows: which is right more often, and whether that may be chance."""

from dataclasses import asdict, dataclass
from math import exp, fsum, lgamma, log, sqrt

from worker.findings.intervals import wilson_interval
from worker.jsontypes import Json

Interval = tuple[float, float]

RARE = 0.05  # a difference that chance brings about less often than this is no chance


@dataclass(frozen=True)
class Paired:
    """How two models answered the same rows.

    Attributes:
        on: the id of a dataset that has these rows for testing.
        rows: all of them.
        both: those that both answered right.
        only_champion, only_candidate: those that one alone answered right.
    """

    on: str
    rows: int
    both: int
    only_champion: int
    only_candidate: int

    @property
    def p(self) -> float:
        """How often chance alone would bring about a difference as large."""
        return mcnemar(self.only_champion, self.only_candidate)

    @property
    def is_worse(self) -> bool:
        """Whether the candidate is right less often, and that is not by chance."""
        return self.only_candidate < self.only_champion and self.p < RARE

    def as_dict(self) -> Json:
        """Returns it as plain JSON, with how many rows each answered right."""
        right = {
            "champion_right": self.both + self.only_champion,
            "candidate_right": self.both + self.only_candidate,
        }
        return {**asdict(self), **right, "p": self.p}


def mcnemar(only_first: int, only_second: int) -> float:
    """Returns how often two models that are equally good would differ by so much or more, from 0 to
    1: the exact test, two-sided.

    Each row that only one of them answers right is then a fair coin, so that the smaller number is
    drawn from a binomial distribution; twice its lower tail.

    Args:
        only_first, only_second: rows that one of the two alone answered right.

    Source: McNemar, Note on the sampling error of the difference between correlated proportions or
    percentages, 1947; exact by the binomial distribution as in Dietterich, Approximate statistical
    tests for comparing supervised classification learning algorithms, 1998, has it approximately.
    """
    rows = only_first + only_second
    whole = lgamma(rows + 1) - rows * log(2)
    # By logarithms: a number of ways out of 100,000 rows is too large for a float.
    tail = fsum(
        exp(whole - lgamma(right + 1) - lgamma(rows - right + 1))
        for right in range(min(only_first, only_second) + 1)
    )
    return min(1.0, 2 * tail)


def difference_interval(both: int, only_first: int, only_second: int, rows: int) -> Interval:
    """Returns the ends of the interval, at 95 % confidence, in which the true difference lies of
    how often two models are right on the same rows, first less second: from -1 to 1.

    It is made of Wilson's interval of each, which reach less far together the more the two agree.

    Args:
        both: rows that both answered right.
        only_first, only_second: those that one alone did.
        rows: all of them; at least one.

    Source: Newcombe, Improved confidence intervals for the difference between binomial proportions
    based on paired data, 1998, method 10.
    """
    neither = rows - both - only_first - only_second
    right = both + only_first, both + only_second
    (low, high), (low2, high2) = (wilson_interval(each, rows) for each in right)
    first, second = (each / rows for each in right)
    margins = right[0] * (rows - right[0]) * right[1] * (rows - right[1])
    agreement: float = both * neither - only_first * only_second
    if agreement > 0:
        agreement = max(0.0, agreement - rows / 2)
    phi = agreement / sqrt(margins) if margins else 0.0

    def apart(own: float, other: float) -> float:
        return sqrt(max(0.0, own**2 - 2 * phi * own * other + other**2))

    found = first - second
    return found - apart(first - low, high2 - second), found + apart(high - first, second - low2)
