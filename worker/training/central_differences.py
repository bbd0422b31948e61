"""What the cost itself does when a parameter is moved a little, and gradients held against that."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from math import isfinite, nan
from typing import NamedTuple

import numpy as np

from worker.nn.arrays import Array
from worker.nn.engine import Eager
from worker.nn.losses import Loss
from worker.nn.network import Network
from worker.training.gradient_samples import Place

# As batches are normalized in training; what this moves is the caller's own.
EXACT = Eager(training=True)
# By how much about a layer's outputs are moved. Pictures have so many units that within more, one
# of them would bend.
H, H_OF_PICTURES = 1e-5, 1e-6

Pass = tuple[float, list[Array]]  # the cost, and the slopes of all that bends


def difference(p: Array, at: tuple[int, ...], h: float, passed: Callable[[], Pass]) -> float:
    """dJ/dp at this index; nan where there is no derivative to compare with, as a kink lies between
    the two points or the cost is infinite.

    Args:
        h: by which the parameter is moved, both ways; it is put back.
        passed: computes the cost with what the parameter is now.
    """
    kept = p[at]
    points, passes = (kept - h, kept + h), []
    for value in points:
        p[at] = value
        passes.append(passed())
    p[at] = kept
    (low, before), (high, after) = passes
    if crossed_a_kink(before, after):
        return nan
    return float((high - low) / (points[1] - points[0]))


def crossed_a_kink(before: list[Array], after: list[Array]) -> bool:
    """Whether the slope of any unit, or the loss's, jumped from one pass to the other."""
    # relu's slopes are true and false, of which NumPy knows no difference.
    return any(
        bool((np.abs(np.subtract(a, b, dtype="float64")) > 0.5).any())
        for a, b in zip(before, after, strict=True)
    )


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

    def now(self) -> Pass:
        """J, in nats per row, and the slopes of all that bends, the loss among it."""
        logits, tape = self.network.forward(self.inputs, EXACT)
        cost, error = self.loss.cost(logits, self.targets, 1)
        return float(cost), [*tape.slopes(), error * len(error)]


class Compared(NamedTuple):
    """Derivatives beside central differences.

    Attributes:
        derivatives: how many there were; where a unit bends between the two points, there is none.
        difference: the largest between the two; nan if a derivative is none.
        largest: the largest derivative.
    """

    derivatives: int
    difference: float
    largest: float


def compared(
    cost: CostOf,
    gradients: Sequence[Array],
    places: Callable[[Array], Sequence[Place]],
    h: float = H,
) -> Compared:
    """How far gradients are from central differences.

    Args:
        gradients: one for each of the network's `params`.
        places: returns those of a parameter that are looked at.
        h: by which a parameter is moved.
    """
    pairs = [
        (float(g[at]), near)
        for p, g in zip(cost.network.params, gradients, strict=True)
        for _, at in places(p)
        if isfinite(near := difference(p, at, h, cost.now))
    ]
    derived, near_by = np.array(pairs).reshape(-1, 2).T
    # Unlike Python's max, it lets no nan pass.
    worst, largest = np.abs(derived - near_by).max(initial=0), np.abs(derived).max(initial=0)
    return Compared(len(pairs), float(worst), float(largest))
