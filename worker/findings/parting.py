"""From where on the curves of several trainings are apart."""

from collections.abc import Sequence
from itertools import takewhile

APART = 0.1  # of the larger of two costs: what is closer than this is the same to the eye

Curve = Sequence[float | None]


def parting(curves: Sequence[Curve]) -> int | None:
    """Returns the place from which on the curves are apart as far as all of them go, from 0; None
    if they end together.

    Args:
        curves: costs at the same places, None where there is none.
    """
    known = [(at, costs) for at, costs in enumerate(zip(*curves, strict=True)) if all_known(costs)]
    apart = [at for at, _ in takewhile(lambda each: are_apart(each[1]), reversed(known))]
    return apart[-1] if apart else None


def are_apart(costs: Sequence[float | None]) -> bool:
    known = [cost for cost in costs if cost is not None]
    return max(known) - min(known) > APART * max(map(abs, known))


def all_known(costs: Sequence[float | None]) -> bool:
    return all(cost is not None for cost in costs)
