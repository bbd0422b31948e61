"""How a version answers that is asked by an alias."""

from dataclasses import dataclass

from worker.jsontypes import Json


@dataclass(frozen=True)
class OperatingPoint:
    """How a version answers that is asked by an alias.

    Attributes:
        threshold: of two classes, the probability from which on the second is the label; None for
            whichever class is the more probable.
        unsure: whether answers may be unsure.
    """

    threshold: float | None = None
    unsure: bool = True


USUAL = OperatingPoint()


def with_points(move: Json) -> Json:
    """Returns the fields of a move as it stands in a file; before there were operating points, it
    had none."""
    said = {field: move.get(field) for field in ("operating_point", "point_before")}
    return move | {field: OperatingPoint(**(point or {})) for field, point in said.items()}
