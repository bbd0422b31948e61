"""The vital signs of a network in training, layer by layer, for the doctor to read."""

from typing import Any

import numpy as np

from worker.nn.backend import Array
from worker.nn.layers import Activate
from worker.nn.network import Network, Tape
from worker.nn.regularization import norm

FLAT = 0.01  # of the steepest slope: less is called saturated
MOST_ROWS = 0.95  # on which a unit must be flat to count as saturated
SAMPLE = 4_096  # weights of a layer by which its update is measured

Json = dict[str, Any]


class Vitals:
    """Watches the steps of an epoch.

    Attributes:
        alive: for each hidden layer, which units had a gradient on some row of the epoch.
    """

    def __init__(self, network: Network) -> None:
        self._weights = [p for p in network.params if p.ndim > 1]
        self._steepest = [
            layer.activation.steepest for layer in network.layers if isinstance(layer, Activate)
        ]
        self.alive = [np.zeros(W.shape[1], bool) for W in self._weights[:-1]]
        self._before: list[Array] = []

    def watch(self, tape: Tape) -> None:
        """Look at a step's backward pass."""
        for alive, error in zip(self.alive, tape.errors, strict=False):
            if not alive.all():
                alive |= error.any(axis=0)

    def before_last_step(self) -> None:
        """Note some of the weights, to see how far the epoch's last step moves them."""
        self._before = [sampled(W).copy() for W in self._weights]

    def after_last_step(self, tape: Tape) -> list[Json]:
        """The signs of every layer; the next epoch begins.

        Units are counted in the hidden layers only: the last one's are the answers.
        """
        found: list[Json] = []
        for W, before in zip(self._weights, self._before, strict=True):  # noqa: N806
            moved = norm(sampled(W) - before) / max(norm(before), 1e-30)
            found.append({"weight_norm": norm(W), "update_ratio": moved})
        hidden = zip(found, tape.slopes(), self._steepest, self.alive, strict=False)
        for layer, slope, steepest, alive in hidden:
            layer["saturated"] = saturated(slope, steepest)
            layer["dead"] = float(1 - alive.mean())
            alive.fill(False)
        return found


def sampled(W: Array) -> Array:  # noqa: N803
    """Some of the weights, evenly spread; a view."""
    flat = W.reshape(-1, order="F" if W.flags.f_contiguous else "C")
    return flat[:: max(1, W.size // SAMPLE)]


def saturated(slope: Array, steepest: float) -> float:
    """The share of units that are flat on nearly all rows. slope: (m, units)."""
    flat = np.abs(slope) < FLAT * steepest
    return float((flat.mean(axis=0) > MOST_ROWS).mean())
