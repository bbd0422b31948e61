"""A layer before it is made: what arrives there, what it returns, which arrays it will have.

Shapes are those of one sample: (h, w, c) of a picture, (n,) of a row.
"""

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from math import prod
from typing import ClassVar, NamedTuple

import numpy as np

from worker.errors import InvalidParameter
from worker.nn.arrays import Array, Generator
from worker.nn.initializers import draw
from worker.nn.layers import Layer
from worker.nn.windows import Shape

Rule = Callable[[int, int], float]  # of n_in and n_out, the deviation of what is drawn


def said(shape: Shape) -> str:
    """The shape of a sample, as a message names it."""
    if len(shape) == 3:
        return f"pictures of {shape[0]} × {shape[1]} × {shape[2]}"
    return f"rows of {' × '.join(map(str, shape))} numbers"


class TensorPlan(NamedTuple):
    """An array of a layer.

    Attributes:
        letter: what docs/notation.md calls it.
        shape: its units or channels last.
        fan_out: of an array that is drawn, how many numbers each number that arrives has a part in.
        fill: what an array that is not drawn is filled with.
        within: its layer's place in a residual, such as ".2".
    """

    letter: str
    shape: Shape
    fan_out: int | None = None
    fill: float = 0.0
    within: str = ""

    @property
    def size(self) -> int:
        """How many numbers it has."""
        return prod(self.shape)

    @property
    def matrix(self) -> Shape:
        """Its shape as kernels see it: (n_in, n_out), or (n,) of a vector."""
        *rest, last = self.shape
        return (prod(rest), last) if rest else (last,)

    def name(self, number: int) -> str:
        """The name in a model's file, of a layer that is this number of those with parameters."""
        return f"{self.letter}{number}{self.within}"

    def inside(self, place: str) -> "TensorPlan":
        """The same array of a layer that has this place in a residual."""
        return self._replace(within=f".{place}{self.within}")

    def start(self, rng: Generator, rule: Rule, dtype: str) -> Array:
        """What it starts with: drawn in float64, unit by unit, then rounded to this dtype."""
        if self.fan_out is None:
            return np.full(self.shape, self.fill, dtype)
        n_in, n_out = self.matrix
        drawn = draw(rng, n_in, n_out, rule(n_in, self.fan_out))
        return drawn.astype(dtype, copy=False).reshape(self.shape)


class Parts(NamedTuple):
    """What the layers of a network are made of, in their order: each takes what is its own.

    Attributes:
        params, running: arrays.
        dropouts: indices for the dropouts.
    """

    params: Iterator[Array]
    running: Iterator[Array]
    dropouts: Iterator[int]


@dataclass(frozen=True)
class LayerPlan(ABC):
    """A layer at its place in a network.

    Attributes:
        arrives: the shape of a sample that comes to it.
        pointer: JSON pointer of what asks for it in a spec.
        kind: what a spec calls such layers.
    """

    arrives: Shape
    pointer: str = field(default="", kw_only=True)
    kind: ClassVar[str]

    @property
    @abstractmethod
    def returns(self) -> Shape:
        """The shape of a sample behind it.

        Raises:
            InvalidParameter: the layer can do nothing with what arrives.
        """

    @property
    def parameters(self) -> tuple[TensorPlan, ...]:
        """What is trained, in the order of the layer's `params`."""
        return ()

    @property
    def running(self) -> tuple[TensorPlan, ...]:
        """What training keeps beside it, in the order of the layer's `running`."""
        return ()

    @property
    def size(self) -> int:
        """How many numbers of it are trained."""
        return sum(tensor.size for tensor in self.parameters)

    @property
    def multiplications(self) -> int:
        """How often a number of one sample is multiplied by a parameter."""
        return 0

    @property
    def reduction(self) -> int:
        """By what it divides the sides of a picture, borders apart."""
        return 1

    @property
    def inner(self) -> "tuple[LayerPlan, ...]":
        """The layers that it consists of, if of any."""
        return ()

    @abstractmethod
    def layer(self, parts: Parts) -> Layer:
        """The layer, of the parts that are next."""

    def refusal(self, expected: str, advice: str) -> InvalidParameter:
        """Why this layer cannot stand here."""
        return InvalidParameter(
            f"Expected {expected} for the layer {self.kind}, got {said(self.arrives)}. {advice}",
            self.pointer,
        )

    def picture(self) -> tuple[int, int, int]:
        """(h, w, c) of the pictures that arrive.

        Raises:
            InvalidParameter: rows do.
        """
        if len(self.arrives) != 3:
            raise self.refusal(
                "pictures",
                "Put it before flatten, global_average_pool and dense; of a dataset of rows, make "
                'a network of kind "dense".',
            )
        h, w, c = self.arrives
        return h, w, c

    def row(self) -> int:
        """The numbers in the rows that arrive.

        Raises:
            InvalidParameter: pictures do.
        """
        if len(self.arrives) != 1:
            raise self.refusal("rows", "Put flatten or global_average_pool before it.")
        return self.arrives[0]


MakePlan = Callable[[Shape], LayerPlan]


def in_a_row(shape: Shape, layers: Iterable[MakePlan]) -> tuple[LayerPlan, ...]:
    """The layers one after the other, from samples of this shape on.

    Raises:
        InvalidParameter: one of them can do nothing with what arrives there.
    """
    found = []
    for plan in layers:
        found.append(plan(shape))
        shape = found[-1].returns
    return tuple(found)


def numbered(layers: Iterable[LayerPlan]) -> Iterator[tuple[int, LayerPlan]]:
    """The layers with parameters, counted from 1."""
    return enumerate((layer for layer in layers if layer.parameters), 1)


def with_inner(layers: Iterable[LayerPlan]) -> Iterator[LayerPlan]:
    """The layers, those that consist of others followed by these."""
    for layer in layers:
        yield layer
        yield from with_inner(layer.inner)
