"""Layers: each gives its output and the way back through it."""

from collections.abc import Callable
from typing import NamedTuple, Protocol

from worker.nn.activations import Activation
from worker.nn.backend import Array, aligned, array_module


class Backward(NamedTuple):
    """A layer's chain rule; both take dJ/d(output). What they need stays in their closures.

    `gradients` gives those of the layer's parameters, in the order of `params`. `to_input` gives
    dJ/d(input), and is a function of its own because the first layer's is never wanted.
    """

    gradients: Callable[[Array], list[Array]]
    to_input: Callable[[Array], Array]


class Layer(Protocol):
    """A step of the network."""

    @property
    def params(self) -> list[Array]: ...

    def forward(self, X: Array, /) -> tuple[Array, Backward]: ...


class Dense:
    """Z = X @ W + b.

    Attributes:
        W: weights, (n_in, n_out), stored by rows or by columns; their gradient is stored alike.
        b: bias, (n_out,). Both may be copies of what was given.
    """

    def __init__(self, W: Array, b: Array) -> None:
        self.W = aligned(W)
        self.b = aligned(b)

    @property
    def params(self) -> list[Array]:
        return [self.W, self.b]

    def forward(self, X: Array) -> tuple[Array, Backward]:
        """Z, (m, n_out), for samples X, (m, …), of n_in numbers each in whatever shape."""
        xp, rows = array_module(X), X.reshape(len(X), -1)

        def gradients(dZ: Array) -> list[Array]:
            # The loss has already divided by m, so these are sums, not means. An optimizer that
            # finds W and dW in different orders takes three times as long.
            dW = xp.matmul(rows.T, dZ, out=xp.empty_like(self.W))
            return [dW, dZ.sum(axis=0)]

        def to_input(dZ: Array) -> Array:
            return (dZ @ self.W.T).reshape(X.shape)

        return rows @ self.W + self.b, Backward(gradients, to_input)


class Activate:
    """A = g(Z), element by element."""

    def __init__(self, activation: Activation) -> None:
        self.activation = activation

    @property
    def params(self) -> list[Array]:
        return []

    def forward(self, Z: Array) -> tuple[Array, Backward]:
        """A, of Z's shape."""
        A = self.activation.g(Z)

        def gradients(dA: Array) -> list[Array]:
            return []

        def to_input(dA: Array) -> Array:
            return dA * self.activation.slope(Z, A)

        return A, Backward(gradients, to_input)
