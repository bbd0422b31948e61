"""Two models on the same rows: which is right more often, and whether that may be chance."""

from dataclasses import asdict, dataclass
from math import exp, fsum, lgamma, log

from worker.jsontypes import Json

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
