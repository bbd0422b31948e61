"""The kinds of layers without a window: what each returns and has, from what arrives."""

from dataclasses import dataclass
from itertools import islice
from math import prod
from typing import ClassVar

from worker.nn.activations import ACTIVATIONS
from worker.nn.batch_normalization import BatchNormalization
from worker.nn.layers import Activate, Dense, Dropout, Flatten, Layer
from worker.nn.pooling import GlobalAverage
from worker.nn.windows import Shape
from worker.training.layer_plan import LayerPlan, Parts, TensorPlan


@dataclass(frozen=True)
class GlobalAveragePlan(LayerPlan):
    """The mean of each channel."""

    kind: ClassVar[str] = "global_average_pool"

    @property
    def returns(self) -> Shape:
        *_, c = self.picture()
        return (c,)

    def layer(self, parts: Parts) -> Layer:
        return GlobalAverage()


@dataclass(frozen=True)
class BatchNormPlan(LayerPlan):
    """Each unit or channel at one size.

    Attributes:
        decay: of the running statistics, per step.
        eps: added to the variance.
    """

    decay: float = 0.9
    eps: float = 1e-5
    kind: ClassVar[str] = "batch_norm"

    @property
    def returns(self) -> Shape:
        return self.arrives

    @property
    def parameters(self) -> tuple[TensorPlan, ...]:
        n = self.arrives[-1:]
        return TensorPlan("gamma", n, fill=1.0), TensorPlan("beta", n)

    @property
    def running(self) -> tuple[TensorPlan, ...]:
        n = self.arrives[-1:]
        return TensorPlan("mean", n), TensorPlan("variance", n, fill=1.0)

    @property
    def multiplications(self) -> int:
        return prod(self.arrives)

    def layer(self, parts: Parts) -> Layer:
        made = BatchNormalization(*islice(parts.params, 2), decay=self.decay, eps=self.eps)
        made.running = list(islice(parts.running, 2))
        return made


@dataclass(frozen=True)
class DensePlan(LayerPlan):
    """Every number to every unit.

    Attributes:
        units: numbers in the rows that it returns.
    """

    units: int
    kind: ClassVar[str] = "dense"

    @property
    def returns(self) -> Shape:
        self.row()
        return (self.units,)

    @property
    def parameters(self) -> tuple[TensorPlan, ...]:
        W = TensorPlan("W", (self.row(), self.units), fan_out=self.units)  # noqa: N806
        return W, TensorPlan("b", (self.units,))

    @property
    def multiplications(self) -> int:
        return self.row() * self.units

    def layer(self, parts: Parts) -> Layer:
        return Dense(*islice(parts.params, 2))


@dataclass(frozen=True)
class ActivationPlan(LayerPlan):
    """A function of each number.

    Attributes:
        activation: by its name in `ACTIVATIONS`.
    """

    activation: str
    kind: ClassVar[str] = "activation"

    @property
    def returns(self) -> Shape:
        return self.arrives

    def layer(self, parts: Parts) -> Layer:
        return Activate(ACTIVATIONS[self.activation])


@dataclass(frozen=True)
class DropoutPlan(LayerPlan):
    """Numbers left out while training.

    Attributes:
        rate: share of the numbers that a step leaves out.
    """

    rate: float
    kind: ClassVar[str] = "dropout"

    @property
    def returns(self) -> Shape:
        return self.arrives

    def layer(self, parts: Parts) -> Layer:
        return Dropout(self.rate, next(parts.dropouts))


@dataclass(frozen=True)
class FlattenPlan(LayerPlan):
    """Each sample as one row."""

    kind: ClassVar[str] = "flatten"

    @property
    def returns(self) -> Shape:
        return (prod(self.arrives),)

    def layer(self, parts: Parts) -> Layer:
        return Flatten()
