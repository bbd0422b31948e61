"""An engine that trains by the formulas: it records nothing, and does each step anew."""

from collections.abc import Callable, Sequence
from typing import Any, NoReturn, Unpack

import numpy as np

from tests.worker.nn.engines import changing
from worker.nn.activations import Activation
from worker.nn.arrays import Array
from worker.nn.engine import Eager
from worker.nn.engines.base import BAD_STEP, COST_SUM, MEASURED, RIGHT, TrainingEngine
from worker.nn.engines.batch import Form, Rows
from worker.nn.engines.step_numbers import AVERAGING
from worker.nn.losses import Loss, smoothed
from worker.nn.normalization import Normalization
from worker.nn.optimizers import Optimizer
from worker.nn.regularization import clip, norm


def at_once(name: str) -> Callable[..., Any]:
    """The operation of this name, as `Eager` does it."""

    def do(engine: "ReferenceEngine", *arguments: Any) -> Any:
        return getattr(engine.eager, name)(*arguments)

    return do


def refuse(*arguments: Any) -> NoReturn:
    raise AssertionError("Expected nothing to be recorded.")


NOTHING: Any = refuse  # in the place of any operation that writes something down


class Steps:
    """A step that is asked for again and again."""

    def __init__(
        self, engine: "ReferenceEngine", rows: int, step: Callable[[], Any], *, training: bool
    ) -> None:
        self.rows, self._engine, self._step, self._training = rows, engine, step, training

    def run(self, rows: Rows, first: int, numbers: Array) -> None:
        for index, own in enumerate(numbers):
            start = first + index * self.rows
            self._engine.begin(rows, slice(start, start + self.rows), own, self._training)
            self._step()
            if not np.isfinite(self._engine.cells[COST_SUM]) and not self._engine.cells[BAD_STEP]:
                self._engine.cells[BAD_STEP] = index + 1


class ReferenceEngine(TrainingEngine):
    """Does at once what a step asks for, on the rows of that step.

    Attributes:
        eager: by which it computes.
    """

    def __init__(self, dtype: str = "float64") -> None:
        self._dtype = dtype
        super().__init__()

    # Steps.

    def record(self, rows: int, step: Callable[[], Any], *, training: bool = True) -> Steps:
        return Steps(self, rows, step, training=training)

    def begin(self, rows: Rows, places: slice, numbers: Array, training: bool) -> None:
        """What follows is a step on these places of the order."""
        self.eager, self._training = Eager(training=training), training
        self._rows, self._places, self._numbers = rows, places, numbers
        self._taken, self._measured = rows.order[places], MEASURED

    def batch(self, by: Normalization, **how: Unpack[Form]) -> Array:
        found = self._rows.x.view("float32" if how.get("floats") else "uint8")[self._taken]
        found = found.reshape(-1, *by.shift.shape)
        if how.get("changed"):
            changes = self._rows.changes[self._places]
            found = np.array([changing.changed(*pair) for pair in zip(found, changes, strict=True)])
        found = by.apply(found).astype(self._dtype)
        return found if how.get("pictures") else found.reshape(len(found), -1)

    def whole_batch(self, by: Normalization, rows: Rows, **how: Unpack[Form]) -> Array:
        return self.batch(by, **how)

    def cost(self, loss: Loss, Z: Array, smoothing: float = 0.0) -> Array:
        labels, weights = self._rows.labels[self._taken], self._rows.weights
        Y = smoothed(loss.targets(labels, len(weights), Z), smoothing)
        cost, dZ = loss.cost(Z, Y, weights[labels][:, None].astype(Z.dtype))
        self.cells[COST_SUM] += float(cost) * len(Z)
        self.cells[RIGHT] += (loss.answers(Z) == labels).sum()
        return dZ

    # Arithmetic.

    affine, product, add = at_once("affine"), at_once("product"), at_once("add")
    flatten, unflatten = at_once("flatten"), at_once("unflatten")
    add_rows, activate, chain = at_once("add_rows"), at_once("activate"), at_once("chain")
    flatten, unflatten = at_once("flatten"), at_once("unflatten")
    convolve, pool = at_once("convolve"), at_once("pool")
    convolve_kernel_gradient = at_once("convolve_kernel_gradient")
    convolve_input_gradient = at_once("convolve_input_gradient")
    pool_input_gradient = at_once("pool_input_gradient")
    statistics, normalize = at_once("statistics"), at_once("normalize")
    normalize_scale_gradient = at_once("normalize_scale_gradient")
    normalize_input_gradient = at_once("normalize_input_gradient")

    def drop(self, X: Array, rate: float, index: int) -> Array:
        if not (self._training and rate):
            return X
        key = [int(self._rows.keys[index]), self._places.start]
        chance = np.random.Generator(np.random.Philox(key=key)).random(X.shape)
        return np.where(chance >= rate, X / (1 - rate), 0).astype(X.dtype)

    # What changes.

    def empty(self, *shape: int) -> Array:
        return np.zeros(shape, self._dtype)

    def copy(self, X: Array) -> Array:
        return X.astype(self._dtype)

    def add_scaled(self, g: Array, factor: float, p: Array) -> None:
        g += factor * p

    def limit(self, gradients: Sequence[Array], most: float) -> None:
        clip(gradients, most)

    def update(self, optimizer: Optimizer, gradients: Sequence[Array]) -> None:
        count = len(optimizer.numbers(1.0, 1.0))
        numbers = tuple(self._numbers[:count].tolist())
        for arrays in zip(gradients, optimizer.params, *optimizer.moments.values(), strict=True):
            optimizer.move(numbers, *arrays)

    def average(self, kept: Array, p: Array) -> None:
        kept += float(self._numbers[AVERAGING]) * (p - kept)

    # What is told.

    def squares(self, X: Array) -> int:
        cell = self._cells(1)
        self.cells[cell] = norm(X) ** 2
        return cell

    def alive(self, dZ: Array, flags: Array) -> None:
        flags[(dZ.reshape(-1, len(flags)) != 0).any(axis=0)] = 1

    def slopes(self, activation: Activation, Z: Array, A: Array) -> Array:
        return activation.slope(Z, A) * np.ones_like(Z)

    def saturated(self, slopes: Array, least: float, counts: Array) -> None:
        counts[...] = (np.abs(slopes.reshape(-1, len(counts))) < least).sum(axis=0)

    def sample(self, X: Array, count: int) -> Array:
        return X.copy()

    def moved(self, X: Array, sample: Array, count: int) -> int:
        cell = self._cells(2)
        self.cells[cell : cell + 2] = norm(X - sample) ** 2, norm(sample) ** 2
        return cell

    def _doubles(self, count: int) -> Array:
        return np.zeros(count)

    # Nothing is written down.

    _memory = _begun = _end = _each = _columns = _pieces = _cost = _update = NOTHING
