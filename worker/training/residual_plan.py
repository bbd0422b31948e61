"""Layers that learn what to add to their input, before they are made."""

from dataclasses import dataclass, field
from functools import cached_property
from math import prod
from typing import ClassVar

from worker.errors import InvalidParameter
from worker.nn.layers import Layer
from worker.nn.residual import Residual
from worker.nn.windows import Shape
from worker.training.layer_plan import (
    LayerPlan,
    MakePlan,
    Parts,
    TensorPlan,
    in_a_row,
    numbered,
    said,
)
from worker.training.window_plans import ConvolutionPlan


@dataclass(frozen=True)
class ResidualPlan(LayerPlan):
    """Layers, and what leads past them.

    Attributes:
        layers: make the plans of the layers, from the shape that arrives at each.
    """

    layers: tuple[MakePlan, ...] = field(kw_only=True)
    kind: ClassVar[str] = "residual"

    @cached_property
    def body(self) -> tuple[LayerPlan, ...]:
        """The layers, one after the other."""
        return in_a_row(self.arrives, self.layers)

    @property
    def inner(self) -> tuple[LayerPlan, ...]:
        return (*self.body, self.projection) if self.projection else self.body

    @property
    def returns(self) -> Shape:
        return self.arrives if self.projection is None else self.projection.returns

    @cached_property
    def projection(self) -> ConvolutionPlan | None:
        """The convolution past layers that return another shape, without a bias: theirs is added.

        Raises:
            InvalidParameter: no convolution of 1 × 1 returns that shape.
        """
        returned = self.body[-1].returns
        if returned == self.arrives:
            return None
        if len(returned) == len(self.arrives) == 3:
            stride = prod(layer.reduction for layer in self.body)
            past = ConvolutionPlan(
                self.arrives, 1, stride, bias=False, filters=returned[2], pointer=self.pointer
            )
            if past.returns == returned:
                return past
        raise InvalidParameter(
            f"Expected layers of a residual that keep {said(self.arrives)}, or divide their sides "
            f"by the strides alone, got layers that return {said(returned)}. Use the padding "
            '"same" within it, and put flatten, pools over all and dense behind it.',
            self.pointer,
        )

    @property
    def reduction(self) -> int:
        return prod(layer.reduction for layer in self.body)

    @property
    def parameters(self) -> tuple[TensorPlan, ...]:
        own = [
            tensor.inside(str(number))
            for number, layer in numbered(self.body)
            for tensor in layer.parameters
        ]
        past = self.projection.parameters if self.projection else ()
        return *own, *(tensor.inside("shortcut") for tensor in past)

    @property
    def running(self) -> tuple[TensorPlan, ...]:
        return tuple(
            tensor.inside(str(number))
            for number, layer in numbered(self.body)
            for tensor in layer.running
        )

    @property
    def multiplications(self) -> int:
        return sum(layer.multiplications for layer in self.inner)

    def layer(self, parts: Parts) -> Layer:
        body = [layer.layer(parts) for layer in self.body]
        return Residual(body, self.projection.layer(parts) if self.projection else None)
