"""On how many rows, and at which of its parameters, the gradients of a network are checked."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from worker.nn.arrays import Array, Generator
from worker.training.plan import Plan

ROWS = 16
SAMPLES = 30  # parameters of each layer
# Pictures take long on their way through a network, forwards and in float64: of these, fewer rows,
# and as few parameters as together cost about so many multiplications.
PICTURES, MULTIPLICATIONS = 4, 8 * 10**9


class Place(NamedTuple):
    """Where a number is among a layer's parameters: in which of them, and at which index there."""

    which: int
    at: tuple[int, ...]


def rows_checked(plan: Plan) -> int:
    """Rows on which the gradients of a plan's network are checked, at most."""
    return PICTURES if plan.network.pictures else ROWS


def sampled_parameters(plan: Plan) -> int:
    """Parameters of each layer that are looked at."""
    if not plan.network.pictures:
        return SAMPLES
    layers = [layer for layer in plan.network.layers if layer.parameters]
    # Two passes, each through half of the layers, on an average.
    cost = PICTURES * len(layers) * sum(layer.multiplications for layer in layers)
    return max(1, min(SAMPLES, MULTIPLICATIONS // cost))


def places(params: Sequence[Array], count: int, rng: Generator) -> list[Place]:
    """About so many of a layer's parameters, as many of each array, but one at least."""
    share = max(1, count // len(params))
    return [
        Place(which, tuple(map(int, np.unravel_index(place, p.shape))))
        for which, p in enumerate(params)
        for place in rng.integers(0, p.size, share)
    ]
