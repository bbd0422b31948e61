"""What is said about a network's answers."""

from math import sqrt

from worker.nn.backend import Array, array_module

Z95 = 1.959963984540054  # the 97.5 % point of the standard normal distribution


def confusion(labels: Array, predicted: Array, classes: int) -> list[list[int]]:
    """How often class i (row) was answered as class j (column)."""
    counts = array_module(labels).bincount(labels * classes + predicted, minlength=classes**2)
    return counts.reshape(classes, classes).tolist()


def wilson_interval(right: int, rows: int) -> tuple[float, float]:
    """Where the true accuracy lies with 95 % confidence, when `right` of `rows` were right.

    Source: Wilson, Probable inference, the law of succession, and statistical inference, 1927.
    """
    share = right / rows
    middle = (share + Z95**2 / (2 * rows)) / (1 + Z95**2 / rows)
    half = Z95 * sqrt(share * (1 - share) / rows + Z95**2 / (4 * rows**2)) / (1 + Z95**2 / rows)
    # Rounding must push the ends neither past 0 and 1 nor past the share itself.
    return min(share, max(0.0, middle - half)), max(share, min(1.0, middle + half))


def auc(labels: Array, scores: Array) -> float | None:
    """The chance that a row of class 1 scores above one of class 0; ties count half.

    None when one of the two classes has no row. Source: Mann and Whitney, On a test of whether
    one of two random variables is stochastically larger than the other, 1947.
    """
    xp = array_module(scores)
    positive, negative = scores[labels == 1], xp.sort(scores[labels == 0])
    if len(positive) == 0 or len(negative) == 0:
        return None
    below = xp.searchsorted(negative, positive, side="left")
    not_above = xp.searchsorted(negative, positive, side="right")
    return float((below + not_above).sum() / (2 * len(positive) * len(negative)))
