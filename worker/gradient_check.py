"""Is the hand-derived backward pass of this very network right? Asked before a job begins."""

import numpy as np

from worker import build
from worker.data.dataset import Split
from worker.errors import GradientCheckFailed
from worker.nn.backend import Array, Purpose, generator
from worker.nn.losses import loss_for
from worker.nn.network import Network, Tape
from worker.nn.normalization import Normalization
from worker.nn.regularization import add_l2, l2_cost
from worker.spec import JobSpec

ROWS = 16
SAMPLES = 30  # parameters of each layer
H = 1e-5
TOLERANCE = 1e-5


class GradientCheck:
    """The starting network of a job in float64, on a few rows, without dropout.

    Attributes:
        network: whose parameters are changed, one at a time, and put back.
        gradients: what the backward pass says of them.
    """

    def __init__(self, spec: JobSpec, split: Split, normal: Normalization, classes: int) -> None:
        exact = spec.model_copy(update={"precision": "float64"})
        rows = np.linspace(0, len(split) - 1, min(ROWS, len(split))).astype(int)
        self._l2, self._loss = spec.regularization.l2, loss_for(classes)
        self._inputs = normal.apply(split.samples(rows))
        self._targets = self._loss.targets(split.y[rows], classes, self._inputs)
        self._chance = generator(spec.seed, Purpose.CHECK)
        self.network = build.network(exact, split.x[0].size, classes)
        logits, tape = self.network.forward(self._inputs)
        self.gradients = tape.backward(self._loss.cost(logits, self._targets, 1)[1])
        add_l2(self.gradients, self.network.params, self._l2)

    def largest_error(self) -> float:
        """Of a layer's sampled derivatives against central differences, in proportion to the
        largest of them.

        Raises:
            GradientCheckFailed: it is above TOLERANCE.
        """
        worst, inputs, gradients = 0.0, self._inputs, iter(self.gradients)
        for depth, layer in enumerate(self.network.layers):
            if layer.params:
                own = [next(gradients) for _ in layer.params]
                # What comes before this layer does not change with its parameters.
                rest = Network(self.network.layers[depth:])
                worst = max(worst, self._layer_error(layer.params, own, rest, inputs))
            inputs, _ = layer.forward(inputs, None)
        if not worst <= TOLERANCE:
            raise GradientCheckFailed(
                f"Expected gradients within {TOLERANCE:g} of central differences, got {worst:.2g}. "
                "This is a fault of the service, not of the job: please report the spec."
            )
        return worst

    def _layer_error(
        self, params: list[Array], gradients: list[Array], rest: Network, inputs: Array
    ) -> float:
        pairs = []
        ends = np.cumsum([p.size for p in params])
        for place in self._chance.integers(0, ends[-1], SAMPLES):
            which = int(np.searchsorted(ends, place, side="right"))
            p, g = params[which], gradients[which]
            index = np.unravel_index(place - ends[which] + p.size, p.shape)
            numeric = self._central_difference(p, index, rest, inputs)
            if numeric is not None:
                pairs.append((g[index], numeric))
        derived, measured = np.array(pairs).reshape(-1, 2).T
        largest = max(1e-9, np.abs(measured).max(initial=0))
        return float(np.abs(derived - measured).max(initial=0) / largest)

    def _central_difference(
        self, p: Array, index: tuple[Array, ...], rest: Network, inputs: Array
    ) -> float | None:
        """dJ/dp at this index; None where a unit's kink lies between the two points, for there is
        no derivative to compare with."""
        kept, costs, tapes = p[index], [], []
        for value in (kept - H, kept + H):
            p[index] = value
            logits, tape = rest.forward(inputs)
            cost, _ = self._loss.cost(logits, self._targets, 1)
            costs.append(float(cost) + l2_cost(self.network.params, self._l2))
            tapes.append(tape)
        p[index] = kept
        return None if crossed_a_kink(*tapes) else (costs[1] - costs[0]) / (2 * H)


def crossed_a_kink(before: Tape, after: Tape) -> bool:
    """Whether the slope of any unit jumped from one pass to the other."""
    return any(
        bool((np.abs(a - b) > 0.5).any())
        for a, b in zip(before.slopes(), after.slopes(), strict=True)
    )
