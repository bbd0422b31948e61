"""Is the hand-derived backward pass of this very network right? Asked as a job begins."""

import gc
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from worker.data.dataset import Split
from worker.errors import GradientCheckFailed
from worker.nn.arrays import Array, Generator, Purpose, generator, on_host, seen
from worker.nn.engines.base import TrainingEngine
from worker.nn.engines.batch import Rows
from worker.nn.engines.step_numbers import numbers_of
from worker.nn.layers import Dropout
from worker.nn.losses import smoothed
from worker.nn.network import Network
from worker.nn.normalization import Normalization
from worker.nn.regularization import l2_cost, norm
from worker.nn.residual import simple_layers
from worker.training.central_differences import EXACT, H_OF_PICTURES, CostOf, H, Pass, difference
from worker.training.gradient_samples import Place, places, rows_checked, sampled_parameters
from worker.training.plan import Plan
from worker.training.step import seen_through

TOLERANCE = 1e-5
ROUNDING = 1e-14  # of a cost, in proportion to what it is computed from


@dataclass(frozen=True)
class Proof:
    """What a gradient check has shown.

    Attributes:
        compared: how many derivatives were compared with central differences.
        largest_error: of a layer's, in proportion to the largest of them; None where all of them
            are 0, or none could be compared.
        message: the same in a sentence.
    """

    compared: int
    largest_error: float | None
    message: str


class GradientCheck:
    """The starting network of a job in float64, on a few rows, as it is trained but for dropout.

    Attributes:
        network: the layers that learn, whose parameters are changed, one at a time, and put back.
        places: where they are sampled, for each layer that has any.
        gradients: what the backward pass says there: all of it would be as large as the network.
    """

    def __init__(
        self,
        plan: Plan,
        split: Split,
        normal: Normalization,
        engine: Callable[[], TrainingEngine],
    ) -> None:
        classes = plan.problem.classes
        rows = np.linspace(0, len(split) - 1, min(rows_checked(plan), len(split))).astype(int)
        self._l2, self._loss, self._pictures = plan.l2, plan.loss, plan.network.pictures
        shape = normal.shift.shape if self._pictures else (-1,)
        self._inputs = normal.apply(split.samples(rows)).reshape(len(rows), *shape)
        self._smoothing = plan.label_smoothing
        targets = self._loss.targets(split.y[rows], classes, self._inputs)
        self._targets = smoothed(targets, self._smoothing)
        whole = without_dropout(plan.network.start("float64"))
        self._frozen, self.network = plan.network.divided(whole)
        self._inputs = self._frozen.logits(self._inputs)
        self.places = self._chosen(sampled_parameters(plan), generator(plan.seed, Purpose.CHECK))
        logits, _ = self.network.forward(self._inputs, EXACT)
        cost, _ = self._loss.cost(logits, self._targets, 1)
        self._rounding = ROUNDING * (float(cost) + float(np.abs(logits).max()))
        self.gradients = self._derived(split, rows, normal, classes, engine())
        gc.collect()  # an engine and what it has recorded know each other
        whole.to(on_host)

    def _chosen(self, count: int, rng: Generator) -> list[list[Place]]:
        return [places(layer.params, count, rng) for layer in self.network.layers if layer.params]

    def _derived(
        self, split: Split, rows: Array, normal: Normalization, classes: int, do: TrainingEngine
    ) -> list[Array]:
        """The gradients as the engine that trains computes them."""
        self._frozen.to(do.copy)
        self.network.to(do.copy)
        found: list[Array] = []

        def step() -> None:
            samples = do.batch(normal, pictures=self._pictures, floats=split.floats)
            inputs = seen_through(self._frozen, samples, do)
            logits, tape = self.network.forward(inputs, do)
            found.extend(tape.backward(do.cost(self._loss, logits, self._smoothing)))

        program = do.record(len(rows), step)
        x = split.x[split.index[rows]]
        taken = Rows(x, split.y[rows], np.ones(classes), np.arange(len(rows)))
        program.run(taken, 0, numbers_of(None, [0.0]))
        return self.sampled(found)

    def sampled(self, gradients: Sequence[Array]) -> list[Array]:
        """Those of all parameters at the chosen places, and the l2 cost's."""
        found, rest = [], iter(gradients)
        layers = [layer.params for layer in self.network.layers if layer.params]
        for params, chosen in zip(layers, self.places, strict=True):
            pairs = [(seen(next(rest)), seen(p)) for p in params]
            own = [(pairs[which], index) for which, index in chosen]
            found.append(np.array([self._with_l2(g, p, index) for (g, p), index in own]))
        return found

    def _with_l2(self, g: Array, p: Array, index: tuple[int, ...]) -> float:
        return float(g[index] + (self._l2 * p[index] if p.ndim > 1 else 0))

    def proof(self) -> Proof:
        """How far the derivatives are from central differences.

        Raises:
            GradientCheckFailed: it is above TOLERANCE.
        """
        error, count = self.largest_error(), self._compared
        if not count:
            told = "No derivative could be compared: a unit bends at each of them."
        elif not self._slope:
            told = f"All {count} derivatives that were compared are 0, so they prove nothing."
        else:
            told = f"{count} derivatives were compared; the largest relative error is {error:.1e}."
        return Proof(count, error if self._slope else None, told)

    def largest_error(self) -> float:
        """Of a layer's sampled derivatives against central differences, in proportion to the
        largest of them.

        Raises:
            GradientCheckFailed: it is above TOLERANCE.
        """
        errors, inputs = [], self._inputs
        self._compared, self._slope = 0, 0.0  # and the steepest of them
        sampled = zip(self.places, self.gradients, strict=True)
        for depth, layer in enumerate(self.network.layers):
            if layer.params:
                # What comes before this layer does not change with its parameters.
                rest = Network(self.network.layers[depth:])
                errors.append(self._layer_error(layer.params, *next(sampled), rest, inputs))
            inputs, _ = layer.forward(inputs, EXACT)
        worst = float(np.max(errors))  # unlike max, it lets no nan pass
        if not worst <= TOLERANCE:
            raise GradientCheckFailed(
                f"Expected gradients within {TOLERANCE:g} of central differences, got {worst:.2g}. "
                "This is a fault of the service, not of the job: please report the spec."
            )
        return worst

    def _layer_error(
        self,
        params: list[Array],
        chosen: list[Place],
        gradients: Array,
        rest: Network,
        inputs: Array,
    ) -> float:
        found, outputs = [], rest.layers[0].forward(inputs, EXACT)[0]
        # Where the outputs are large, a small move is lost in their rounding.
        move = (H_OF_PICTURES if self._pictures else H) * max(1, 1e-4 * size(outputs))
        rounding = self._rounding + ROUNDING * l2_cost(params, self._l2)
        for (which, index), g in zip(chosen, gradients, strict=True):
            p = params[which]
            h = move / max(1, size(inputs)) if p.ndim > 1 else move
            near, doubt = self._difference(p, index, h, rest, inputs), rounding / h
            if abs(g - near) > 0.1 * TOLERANCE * abs(near):
                # Where a wider one differs, the cost is too bent there for either.
                doubt += abs(near - self._difference(p, index, 2 * h, rest, inputs))
            found.append((g, near, doubt))
        kept = [row for row in found if np.isfinite(row[1:]).all()]
        derived, measured, doubts = np.array(kept).reshape(-1, 3).T
        self._compared += len(kept)
        steepest = np.abs(measured).max(initial=0)
        self._slope = max(self._slope, steepest, np.abs(derived).max(initial=0))
        largest = max(1e-9, steepest, doubts.max(initial=0) / TOLERANCE)
        return float(np.abs(derived - measured).max(initial=0) / largest)

    def _difference(
        self, p: Array, index: tuple[int, ...], h: float, rest: Network, inputs: Array
    ) -> float:
        """dJ/dp at this index, as `difference` finds it."""
        cost = CostOf(rest, inputs, self._loss, self._targets)

        def passed() -> Pass:
            found, slopes = cost.now()
            # The other parameters' share of the l2 cost is the same at both points.
            return found + l2_cost([p], self._l2), slopes

        return difference(p, index, h, passed)


def without_dropout(network: Network) -> Network:
    """The network, which leaves no units out any more."""
    for layer in simple_layers(network.layers):
        if isinstance(layer, Dropout):
            layer.rate = 0.0
    return network


def size(X: Array) -> float:  # noqa: N803
    """The root of the mean square of all numbers in X."""
    return float(norm(X) / X.size**0.5)
