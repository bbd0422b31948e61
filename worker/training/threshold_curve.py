"""What comes of each threshold, of two classes: how many rows of either reach it."""

import numpy as np

from worker.jsontypes import Json
from worker.nn.arrays import Array

FILE = "thresholds.json"  # in which it is kept with a model, of each split

MOST_POINTS = 200


def of_rows(scores: Array, labels: Array) -> Json:
    """Counts at some thresholds, of all that part the rows; with many, as many of either class lie
    between one and the next.

    Args:
        scores: the probability of class 1 of each row, (m,).
        labels: 0 or 1, (m,).

    Returns:
        How many rows there are of class 1 and class 0, and points, the highest threshold first:
        the threshold, and how many rows of each of the two classes reach it.
    """
    own, others = (np.sort(scores[labels == which]) for which in (1, 0))
    found = thresholds(own, others)
    reach = (len(part) - np.searchsorted(part, found) for part in (own, others))
    points = [
        list(point) for point in zip(found.tolist(), *map(np.ndarray.tolist, reach), strict=True)
    ]
    return {"positives": len(own), "negatives": len(others), "points": points}


def thresholds(own: Array, others: Array) -> Array:
    """The highest first: scores that rows have, and the ends, 1 and 0.

    Args:
        own, others: scores of the two classes, sorted.
    """
    found = np.unique(np.concatenate([[0.0, 1.0], own, others]))
    if len(found) > MOST_POINTS:
        some = (few(part, (MOST_POINTS - 2) // 2) for part in (own, others))
        found = np.unique(np.concatenate([[0.0, 1.0], *some]))
    return found[::-1]


def few(scores: Array, most: int) -> Array:
    """At most so many of sorted scores, as many of them between each and the next."""
    places = np.linspace(0, len(scores) - 1, min(len(scores), most))
    found: Array = scores[places.astype(int)]
    return found
