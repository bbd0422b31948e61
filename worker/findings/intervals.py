"""How far a measure on some rows may be from its true value, at 95 % confidence."""

from math import sqrt

Z95 = 1.959963984540054  # the 97.5 % point of the standard normal distribution


def wilson_interval(right: int, rows: int) -> tuple[float, float]:
    """Returns the ends of the interval in which the true accuracy lies, both from 0 to 1.

    Args:
        right: rows that were answered right.
        rows: all rows; at least one.

    Source: Wilson, Probable inference, the law of succession, and statistical inference, 1927.
    """
    return interval_of_share(right / rows, rows)


def interval_of_share(share: float, rows: float) -> tuple[float, float]:
    """Returns the ends of Wilson's interval of a share, from 0 to 1, that is known as well as from
    so many rows; these need not be a whole number."""
    middle = (share + Z95**2 / (2 * rows)) / (1 + Z95**2 / rows)
    half = Z95 * sqrt(share * (1 - share) / rows + Z95**2 / (4 * rows**2)) / (1 + Z95**2 / rows)
    # Rounding must push the ends neither past 0 and 1 nor past the share itself.
    return min(share, max(0.0, middle - half)), max(share, min(1.0, middle + half))


def widest_half_width(rows: int) -> float:
    """Returns half the width of Wilson's interval where it is widest: where half of the rows are
    right. It is the most by which a measured accuracy can be off, from 0 to 0.5."""
    # wilson_interval's `half` at a share of 1/2, simplified: so it also holds for no rows.
    return Z95 / (2 * sqrt(rows + Z95**2))


def auc_interval(found: float, rows: tuple[int, int]) -> tuple[float, float]:
    """Returns the ends of the interval in which the true AUC lies, both from 0 to 1.

    Args:
        found: the AUC of a sample.
        rows: how many rows of each of the two classes it has; at least one each.

    Source: Newcombe, Confidence intervals for an effect size measure based on the Mann-Whitney
    statistic, part 2, 2006, method 5. Like Wilson's interval it takes the deviation at its own
    ends; they are found by halving.
    """
    spare = sum(rows) / 2 - 1

    def too_far(true: float) -> bool:
        spread = 1 + spare * ((1 - true) / (2 - true) + true / (1 + true))
        return (found - true) ** 2 > Z95**2 * true * (1 - true) * spread / (rows[0] * rows[1])

    def end(outside: float) -> float:
        inside = found
        for _ in range(60):
            middle = (inside + outside) / 2
            inside, outside = (inside, middle) if too_far(middle) else (middle, outside)
        return inside

    return end(0.0), end(1.0)
