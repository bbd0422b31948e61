"""What comes of each threshold."""

from pydantic import BaseModel

from worker.jsontypes import Json
from worker.operations.thresholds import Curve, Point, Share


class ThresholdPoint(BaseModel):
    """What comes of a threshold, from which on the answer is the positive class; each rate with its
    95 % interval, both null where there are no rows. `cost` is that of a row, in the mean."""

    threshold: float
    true_positives: int
    false_positives: int
    true_positive_rate: float | None
    true_positive_rate_interval: list[float] | None
    false_positive_rate: float | None
    false_positive_rate_interval: list[float] | None
    precision: float | None
    precision_interval: list[float] | None
    recall: float | None
    recall_interval: list[float] | None
    accuracy: float | None
    accuracy_interval: list[float] | None
    cost: float

    @classmethod
    def of(cls, point: Point) -> "ThresholdPoint":
        """Returns the point, its recall under that name too."""
        fields: Json = {}
        for name, value in [*point._asdict().items(), ("recall", point.true_positive_rate)]:
            if isinstance(value, Share):
                fields |= {name: value.value, f"{name}_interval": value.interval}
            else:
                fields[name] = value
        return cls.model_validate(fields)


class Thresholds(BaseModel):
    """What comes of thresholds on a split, the highest first, and the one that costs least there;
    `positive` is the class that is answered from a threshold on."""

    model: str
    version: int
    split: str
    positive: str
    negative: str
    positives: int
    negatives: int
    cheapest: ThresholdPoint
    points: list[ThresholdPoint]

    @classmethod
    def of(cls, model: str, version: int, split: str, curve: Curve) -> "Thresholds":
        negative, positive = curve.classes
        return cls(
            model=model,
            version=version,
            split=split,
            positive=positive,
            negative=negative,
            positives=curve.positives,
            negatives=curve.negatives,
            cheapest=ThresholdPoint.of(curve.cheapest),
            points=[ThresholdPoint.of(point) for point in curve.points],
        )
