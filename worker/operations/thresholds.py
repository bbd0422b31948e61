"""What comes of each threshold of a version of two classes, and which one costs least."""

import json
from collections.abc import Sequence
from typing import NamedTuple

from worker.errors import InvalidParameter, ModelNotFound
from worker.findings.intervals import wilson_interval
from worker.jsontypes import Json
from worker.store.model_files import digest_in
from worker.store.models import ModelStore
from worker.training.threshold_curve import FILE

Interval = tuple[float, float]


class Share(NamedTuple):
    """A share of some rows, and where the true one lies with 95 % confidence; both None where
    there are no rows."""

    value: float | None
    interval: Interval | None

    @classmethod
    def of(cls, some: int, rows: int) -> "Share":
        return cls(some / rows, wilson_interval(some, rows)) if rows else cls(None, None)


class Point(NamedTuple):
    """What comes of a threshold, from which on the answer is the second class.

    Attributes:
        true_positives, false_positives: rows of the second class, and of the first, that reach it.
        true_positive_rate, false_positive_rate: of all rows of these classes.
        precision: the share of the second class among the rows that reach it.
        accuracy: the share of rows that are answered right.
        cost: of a row, in the mean.
    """

    threshold: float
    true_positives: int
    false_positives: int
    true_positive_rate: Share
    false_positive_rate: Share
    precision: Share
    accuracy: Share
    cost: float


class Curve(NamedTuple):
    """What comes of thresholds on a split, the highest first.

    Attributes:
        classes: the first and the second.
        positives, negatives: rows of the second and of the first.
        cheapest: the point that costs least; of several, the one that is nearest to one half.
    """

    classes: Sequence[str]
    positives: int
    negatives: int
    points: list[Point]
    cheapest: Point


class Costs(NamedTuple):
    """What it costs to take a row of the first class for the second, and the other way round."""

    false_positive: float
    false_negative: float


def curve_of(store: ModelStore, name: str, version: int, split: str, costs: Costs) -> Curve:
    """Returns the curve of a version on a split.

    Raises:
        ModelNotFound: there is no such version, or nobody has kept what came of thresholds.
        DamagedModel: what is kept is not what was published.
        InvalidParameter: it has other than two classes, or was not measured on this split.
    """
    manifest = store.manifest(name, version)
    if len(manifest["classes"]) != 2:
        raise InvalidParameter(
            f"Expected a version of two classes, got {len(manifest['classes'])} of version "
            f"{version} of {name}: of more, no one probability decides."
        )
    if digest_in(manifest, FILE) is None:
        raise ModelNotFound(
            f"Expected a version of which thresholds are known, but version {version} of {name} "
            "was published without rows to measure them, or before they were kept. Train it again."
        )
    with store.file(name, version, FILE).file as file:
        curves = json.load(file)
    if split not in curves:
        raise InvalidParameter(
            f"Expected a split on which the version was measured, {', '.join(curves)}, got "
            f"{split}. Ask for one of them."
        )
    return told(manifest["classes"], curves[split], costs)


def told(classes: Sequence[str], kept: Json, costs: Costs) -> Curve:
    """Returns what is told of a curve as it was kept."""
    positives, negatives = kept["positives"], kept["negatives"]
    points = [
        point(at, own, others, positives, negatives, costs) for at, own, others in kept["points"]
    ]
    cheapest = min(points, key=lambda each: (each.cost, abs(each.threshold - 0.5)))
    return Curve(classes, positives, negatives, points, cheapest)


def point(
    threshold: float, own: int, others: int, positives: int, negatives: int, costs: Costs
) -> Point:
    """Returns what comes of a threshold that so many rows of the second class reach, and so many
    others."""
    rows = positives + negatives
    lost = costs.false_positive * others + costs.false_negative * (positives - own)
    return Point(
        threshold=threshold,
        true_positives=own,
        false_positives=others,
        true_positive_rate=Share.of(own, positives),
        false_positive_rate=Share.of(others, negatives),
        precision=Share.of(own, own + others),
        accuracy=Share.of(own + negatives - others, rows),
        cost=lost / rows,
    )
