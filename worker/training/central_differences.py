"""Gradients held against what the cost itself does when a parameter is moved a little."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from worker.nn.arrays import Array
from worker.nn.losses import Loss
from worker.nn.network import Network
from worker.training.gradient_check import EXACT, crossed_a_kink
from worker.training.gradient_samples import Place

H = 1e-5  # by which a parameter is moved, both ways


class Compared(NamedTuple):
    """Derivatives beside central differences.

    Attributes:
        derivatives: how many there were; where a unit bends between the two points, there is none.
        difference: the largest between the two.
        largest: the largest derivative.
    """

    derivatives: int
    difference: float
    largest: float


@dataclass(frozen=True)
class CostOf:
    """The cost of a network on some rows, as it is in training; all of it is float64.

    Attributes:
        inputs, targets: of the rows, (m, …) and (m, k).
    """

    network: Network
    inputs: Array
    loss: Loss
    targets: Array

    def now(self) -> tuple[float, list[Array]]:
        """J, in nats per row, and the slopes of all that bends."""
        logits, tape = self.network.forward(self.inputs, EXACT)
        cost, _ = self.loss.cost(logits, self.targets, 1)
        return float(cost), tape.slopes()


def compared(
    cost: CostOf, gradients: Sequence[Array], places: Callable[[Array], Sequence[Place]]
) -> Compared:
    """How far gradients are from central differences.

    Args:
        gradients: one for each of the network's `params`.
        places: returns those of a parameter that are looked at.
    """
    pairs = [
        (float(g[at]), near)
        for p, g in zip(cost.network.params, gradients, strict=True)
        for _, at in places(p)
        if (near := difference(cost, p, at)) is not None
    ]
    worst = max((abs(g - near) for g, near in pairs), default=0.0)
    return Compared(len(pairs), worst, max((abs(g) for g, _ in pairs), default=0.0))


def difference(cost: CostOf, p: Array, at: tuple[int, ...]) -> float | None:
    """dJ/dp at this index; None where a kink lies between the two points."""
    kept = p[at]
    points = kept - H, kept + H
    costs, slopes = [], []
    for p[at] in points:
        found, bends = cost.now()
        costs.append(found)
        slopes.append(bends)
    p[at] = kept
    if crossed_a_kink(*slopes):
        return None
    return float((costs[1] - costs[0]) / (points[1] - points[0]))
