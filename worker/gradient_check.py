"""Is the hand-derived backward pass of this very network right? Asked before a job begins."""

import numpy as np

from worker import build
from worker.data.dataset import Split
from worker.errors import GradientCheckFailed
from worker.nn.backend import Array, Purpose, generator
from worker.nn.losses import loss_for
from worker.nn.network import Network, Tape
from worker.nn.normalization import Normalization
from worker.nn.regularization import add_l2, l2_cost, norm
from worker.spec import JobSpec

ROWS = 16
SAMPLES = 30  # parameters of each layer
H = 1e-5  # of a parameter whose inputs are of size 1
TOLERANCE = 1e-5
ROUNDING = 1e-14  # of a cost, in proportion to the numbers it is made of


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
        errors, inputs, gradients = [], self._inputs, iter(self.gradients)
        for depth, layer in enumerate(self.network.layers):
            if layer.params:
                own = [next(gradients) for _ in layer.params]
                # What comes before this layer does not change with its parameters.
                rest = Network(self.network.layers[depth:])
                errors.append(self._layer_error(layer.params, own, rest, inputs))
            inputs, _ = layer.forward(inputs, None)
        worst = float(np.max(errors))  # unlike max, it lets no nan pass
        if not worst <= TOLERANCE:
            raise GradientCheckFailed(
                f"Expected gradients within {TOLERANCE:g} of central differences, got {worst:.2g}. "
                "This is a fault of the service, not of the job: please report the spec."
            )
        return worst

    def _layer_error(
        self, params: list[Array], gradients: list[Array], rest: Network, inputs: Array
    ) -> float:
        pairs, floor = [], 0.0
        # A step moves the layer's outputs by H, whatever the size of its inputs.
        h = H / max(1.0, norm(inputs) / inputs.size**0.5)
        ends = np.cumsum([p.size for p in params])
        for place in self._chance.integers(0, ends[-1], SAMPLES):
            which = int(np.searchsorted(ends, place, side="right"))
            p, g = params[which], gradients[which]
            index = np.unravel_index(place - ends[which] + p.size, p.shape)
            found = self._central_difference(p, index, h, rest, inputs)
            if found is not None:
                pairs.append((g[index], found[0]))
                floor = max(floor, found[1] / TOLERANCE)
        derived, measured = np.array(pairs).reshape(-1, 2).T
        # Gradients that vanish are smaller than what rounding does to the differences.
        largest = np.abs(measured).max(initial=max(1e-9, floor))
        return float(np.abs(derived - measured).max(initial=0) / largest)

    def _central_difference(
        self, p: Array, index: tuple[Array, ...], h: float, rest: Network, inputs: Array
    ) -> tuple[float, float] | None:
        """dJ/dp at this index, and how wrong rounding can make it.

        None where there is no derivative to compare with: a unit's kink lies between the two
        points, or the cost is no number there.
        """
        kept, costs, tapes, size = p[index], [], [], 0.0
        for value in (kept - h, kept + h):
            p[index] = value
            logits, tape = rest.forward(inputs)
            cost, _ = self._loss.cost(logits, self._targets, 1)
            # The other parameters' part of the cost stays what it is.
            costs.append(float(cost) + l2_cost([p], self._l2))
            tapes.append(tape)
            size = max(size, costs[-1], float(np.abs(logits).max()))
        p[index] = kept
        if not np.isfinite(costs).all() or crossed_a_kink(*tapes):
            return None
        return (costs[1] - costs[0]) / (2 * h), ROUNDING * size / (2 * h)


def crossed_a_kink(before: Tape, after: Tape) -> bool:
    """Whether the slope of any unit jumped from one pass to the other."""
    return any(
        bool((np.abs(np.subtract(a, b, dtype="float64")) > 0.5).any())
        for a, b in zip(before.slopes(), after.slopes(), strict=True)
    )
