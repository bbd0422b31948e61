"""What is said about a network's answers."""

from collections.abc import Callable
from math import sqrt

from worker.nn.arrays import Array, array_module


def confusion(labels: Array, predicted: Array, classes: int) -> list[list[int]]:
    """How often class i (row) was answered as class j (column)."""
    counts = array_module(labels).bincount(labels * classes + predicted, minlength=classes**2)
    return counts.reshape(classes, classes).tolist()


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


def precision_and_recall(counts: list[list[int]]) -> list[dict[str, float]]:
    """For each class, of a confusion matrix: how much of what was said of it is right, and how
    much of what it is was said. 0 where there is nothing to divide by."""
    said = [sum(column) for column in zip(*counts, strict=True)]
    return [
        {
            "precision": row[k] / said[k] if said[k] else 0.0,
            "recall": row[k] / sum(row) if sum(row) else 0.0,
        }
        for k, row in enumerate(counts)
    ]


def confidence(probabilities: Array, labels: Array) -> tuple[Array, Array]:
    """How sure each answer is, and whether it is right, both (m,).

    Args:
        probabilities: (m, k), rows over all classes.
        labels: (m,).
    """
    return probabilities.max(axis=1), probabilities.argmax(axis=1) == labels


def calibration_error(sure: Array, right: Array, bins: int = 15) -> float:
    """How far confidence and accuracy are apart: the mean distance over bins of equal width,
    weighted by their rows.

    Args:
        sure, right: as `confidence` returns them, (m,).

    Source: Guo, Pleiss, Sun and Weinberger, On calibration of modern neural networks, 2017,
    equation 3.
    """
    xp = array_module(sure)
    # A bin holds its upper end, so that certainty has a place.
    which = xp.clip(xp.ceil(sure * bins).astype("int64") - 1, 0, bins - 1)
    gaps = xp.bincount(which, weights=right - sure, minlength=bins)
    return float(xp.abs(gaps).sum() / len(right))


def temperature(cost: Callable[[float], float]) -> float:
    """The number by which logits must be divided to be calibrated best.

    Args:
        cost: the loss on held-out rows when the logits are divided by this.

    Source: Guo, Pleiss, Sun and Weinberger, On calibration of modern neural networks, 2017,
    section 4.2. The cost is convex in 1/T; its minimum is found by golden section (Kiefer,
    Sequential minimax search for a maximum, 1953), between 1/20 and 20.
    """
    golden = (sqrt(5) - 1) / 2
    low, high = 1 / 20, 20.0  # of 1/T
    a, b = high - golden * (high - low), low + golden * (high - low)
    cost_a, cost_b = cost(1 / a), cost(1 / b)
    while high - low > 1e-6 * high:
        if cost_a <= cost_b:
            high, b, cost_b = b, a, cost_a
            a = high - golden * (high - low)
            cost_a = cost(1 / a)
        else:
            low, a, cost_a = a, b, cost_b
            b = low + golden * (high - low)
            cost_b = cost(1 / b)
    return 2 / (low + high)
