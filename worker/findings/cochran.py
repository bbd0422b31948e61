"""Several models on the same rows: whether they are right equally often."""

from collections.abc import Sequence
from math import erfc, exp, fsum, gamma, sqrt


def cochran(right: Sequence[int], squares: int) -> float:
    """Returns how often models that are equally good would differ by so much or more, from 0 to 1.

    Args:
        right: how many of the same rows each model answered right; of two models at least.
        squares: for each row how many models answered it right, squared, summed over all rows.

    Source: Cochran, The comparison of percentages in matched samples, 1950. His Q is distributed
    as chi-squared where there are many rows that the models do not all answer alike.
    """
    models, answers = len(right), sum(right)
    disagreement = models * answers - squares
    if not disagreement:  # they answer every row alike
        return 1.0
    spread = models * sum(each**2 for each in right) - answers**2
    return chi_squared_tail((models - 1) * spread / disagreement, models - 1)


def chi_squared_tail(x: float, degrees: int) -> float:
    """Returns how often a number with this many degrees of freedom is x or more, from 0 to 1.

    Source: Abramowitz and Stegun, Handbook of mathematical functions, 26.4.4 and 26.4.5: a sum,
    since the degrees are a whole number.
    """
    half = x / 2
    if degrees % 2:
        terms = (half ** (at - 0.5) / gamma(at + 0.5) for at in range(1, (degrees + 1) // 2))
        return erfc(sqrt(half)) + exp(-half) * fsum(terms)
    return exp(-half) * fsum(half**at / gamma(at + 1) for at in range(degrees // 2))


def holm(chances: Sequence[float]) -> list[float]:
    """Returns the p of several tests, each made larger by how many there are, in their order: below
    0.05 there is at most one chance in twenty that any of them is there by chance alone.

    Source: Holm, A simple sequentially rejective multiple test procedure, 1979.
    """
    corrected, least = [0.0] * len(chances), 0.0
    for rank, at in enumerate(sorted(range(len(chances)), key=chances.__getitem__)):
        least = corrected[at] = min(1.0, max(least, chances[at] * (len(chances) - rank)))
    return corrected
