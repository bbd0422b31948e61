"""The kinds of layers that look at pictures through a window."""

from abc import abstractmethod
from dataclasses import dataclass, field
from itertools import islice
from math import prod
from typing import ClassVar

from worker.nn.convolution import Convolution
from worker.nn.layers import Layer
from worker.nn.pooling import Pooling
from worker.nn.pools import POOLS
from worker.nn.windows import Padding, Shape, Window
from worker.training.layer_plan import LayerPlan, Parts, TensorPlan


@dataclass(frozen=True)
class WindowPlan(LayerPlan):
    """A layer that looks at pictures through a square window.

    Attributes:
        kernel: places along each side of the window.
        stride: places from one position of the window to the next.
        padding: whether it reaches over the border.
    """

    kernel: int
    stride: int = 1
    padding: Padding = "same"

    @property
    def window(self) -> Window:
        return Window(self.kernel, self.kernel, self.stride, self.padding)

    @property
    def places(self) -> tuple[int, int]:
        """How many positions the window has, downwards and across.

        Raises:
            InvalidParameter: it has none, or what arrives is no picture.
        """
        h, w, _ = self.picture()
        if self.padding == "valid" and self.kernel > min(h, w):
            raise self.refusal(
                f"pictures of at least {self.kernel} × {self.kernel}",
                "Put fewer pools and strides before it, or send larger pictures.",
            )
        return self.window.places(h, w)

    @property
    def returns(self) -> Shape:
        return *self.places, self.arrives[2]

    @property
    def reduction(self) -> int:
        return self.stride


@dataclass(frozen=True)
class KernelPlan(WindowPlan):
    """A window with weights.

    Attributes:
        bias: whether each channel that it returns has one.
    """

    bias: bool = True

    @property
    @abstractmethod
    def weights(self) -> TensorPlan:
        """W."""

    @property
    def parameters(self) -> tuple[TensorPlan, ...]:
        W = self.weights  # noqa: N806
        return (W, TensorPlan("b", W.shape[-1:])) if self.bias else (W,)

    @property
    def multiplications(self) -> int:
        return prod(self.places) * self.weights.size

    def layer(self, parts: Parts) -> Layer:
        arrays = islice(parts.params, len(self.parameters))
        return Convolution(*arrays, stride=self.stride, padding=self.padding)


@dataclass(frozen=True)
class ConvolutionPlan(KernelPlan):
    """Kernels over all channels.

    Attributes:
        filters: how many there are.
    """

    filters: int = field(kw_only=True)
    kind: ClassVar[str] = "convolution"

    @property
    def returns(self) -> Shape:
        return *self.places, self.filters

    @property
    def weights(self) -> TensorPlan:
        *_, c = self.picture()
        shape = self.kernel, self.kernel, c, self.filters
        return TensorPlan("W", shape, fan_out=self.kernel**2 * self.filters)


@dataclass(frozen=True)
class DepthwisePlan(KernelPlan):
    """A kernel for each channel."""

    kind: ClassVar[str] = "depthwise_convolution"

    @property
    def weights(self) -> TensorPlan:
        *_, c = self.picture()
        return TensorPlan("W", (self.kernel, self.kernel, c), fan_out=self.kernel**2)


@dataclass(frozen=True)
class MaxPoolPlan(WindowPlan):
    """The largest number in the window."""

    kind: ClassVar[str] = "max_pool"

    def layer(self, parts: Parts) -> Layer:
        return Pooling(POOLS["max"], self.window)


@dataclass(frozen=True)
class AveragePoolPlan(WindowPlan):
    """The mean of the window."""

    kind: ClassVar[str] = "average_pool"

    def layer(self, parts: Parts) -> Layer:
        return Pooling(POOLS["average"], self.window)
