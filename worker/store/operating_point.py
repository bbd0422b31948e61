"""How a version answers that is asked by an alias."""

from dataclasses import dataclass, replace

from worker.errors import InvalidParameter
from worker.jsontypes import Json

TWO = 2  # classes, between which a threshold decides


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

    def among(self, classes: int) -> "OperatingPoint":
        """Returns the same for a version of so many classes; of other than two without a
        threshold."""
        return self if classes == TWO else replace(self, threshold=None)


USUAL = OperatingPoint()


def check_threshold(
    threshold: float | None, told: str, classes: int, do: str = "Leave it out.", at: str = ""
) -> None:
    """Check whether a version can answer by a threshold.

    Args:
        told: what it is called.
        classes: how many it has.
        do: what to do if it cannot.
        at: the JSON Pointer of where the threshold was asked for.

    Raises:
        InvalidParameter: it has other than two classes.
    """
    if threshold is not None and classes != TWO:
        raise InvalidParameter(
            f"Expected no threshold, for {told} has {classes} classes, and of more than two there "
            f"is no one probability to compare. {do}",
            at,
        )


def with_points(move: Json) -> Json:
    """Returns the fields of a move as it stands in a file; before there were operating points, it
    had none."""
    said = {field: move.get(field) for field in ("operating_point", "point_before")}
    return move | {field: OperatingPoint(**(point or {})) for field, point in said.items()}
