"""Curves of several trainings, told at the same places."""

from collections.abc import Iterator, Sequence
from typing import Literal, NamedTuple

from worker.jsontypes import Json

Axis = Literal["epoch", "step", "seconds"]
MEASURES = ("loss", "accuracy", "validation_loss", "validation_accuracy")

Curve = list[float | None]


class AlignedCurves(NamedTuple):
    """What several trainings measured, at places that are the same for all.

    Attributes:
        at: the places, each an epoch, a step, or seconds from the start of training.
        curves: for each training its curves, by the names of MEASURES: at each place what the last
            epoch up to there has; None before its first and behind its last.
    """

    at: list[float]
    curves: list[dict[str, Curve]]


def aligned(trainings: Sequence[Sequence[Json]], by: Axis, points: int) -> AlignedCurves:
    """Returns the curves of trainings, each given by its rows, at no more than so many places."""
    at = places(trainings, by, points)
    return AlignedCurves(at, [curves_of(rows, by, at) for rows in trainings])


def places(trainings: Sequence[Sequence[Json]], by: Axis, points: int) -> list[float]:
    """Where any training has a row; some of these, spread evenly, if there are more than so many:
    the first and the last among them."""
    known = sorted({row[by] for rows in trainings for row in rows})
    if len(known) <= points:
        return known
    return [known[at * (len(known) - 1) // (points - 1)] for at in range(points)]


def curves_of(rows: Sequence[Json], by: Axis, at: Sequence[float]) -> dict[str, Curve]:
    told = list(last_rows(rows, by, at))
    return {name: [None if row is None else row[name] for row in told] for name in MEASURES}


def last_rows(rows: Sequence[Json], by: Axis, at: Sequence[float]) -> Iterator[Json | None]:
    """For each place the last row up to there."""
    ahead, last = iter(rows), None
    following = next(ahead, None)
    for place in at:
        while following is not None and following[by] <= place:
            last, following = following, next(ahead, None)
        ended = following is None and last is not None and last[by] < place
        yield None if ended else last
