"""How large a share may be that was seen on some rows only: exact, by the binomial distribution."""

from math import ceil, exp, fsum, lgamma, log, log1p, sqrt

# Deviations from the mean beyond which no float is left of a chance.
FAR = 40
HALVINGS = 60


def at_most(wrong: int, rows: int, share: float) -> float:
    """Returns how often so few of the rows or fewer are wrong, where each is with this chance.

    Args:
        share: the chance, above 0 and below 1.
    """
    mean, reach = rows * share, FAR * (1 + sqrt(rows * share * (1 - share)))
    counts = range(max(0, int(mean - reach)), min(wrong, int(mean + reach), rows) + 1)
    # By logarithms: a number of ways out of 100,000 rows is too large for a float.
    ways = (lgamma(rows + 1) - lgamma(n + 1) - lgamma(rows - n + 1) for n in counts)
    odds, none = log(share) - log1p(-share), rows * log1p(-share)
    return min(1.0, fsum(exp(way + n * odds + none) for n, way in zip(counts, ways, strict=True)))


def upper_bound(wrong: int, rows: int, doubt: float) -> float:
    """Returns the share that the true one does not exceed, from 0 to 1, but for a chance of `doubt`
    to be mistaken.

    Args:
        wrong: rows that were answered wrong.
        rows: all rows; at least one.

    Source: Clopper and Pearson, The use of confidence or fiducial limits illustrated in the case of
    the binomial, 1934; one-sided, found by halving.
    """
    low, high = wrong / rows, 1.0
    for _ in range(HALVINGS if wrong < rows else 0):
        middle = (low + high) / 2
        low, high = (middle, high) if at_most(wrong, rows, middle) > doubt else (low, middle)
    return high


def fewest_rows(share: float, doubt: float) -> int:
    """Returns how many rows it takes to tell that no more than this share is wrong, if none of them
    is: (1 − share) to their number is `doubt` then, or less."""
    return ceil(log(doubt) / log1p(-share))


def smallest_share(rows: int, doubt: float) -> float:
    """Returns the smallest share of which so many rows can tell, if none of them is wrong."""
    return 1.0 if rows == 0 else float(1 - doubt ** (1 / rows))
