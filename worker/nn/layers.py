"""Layers: each gives its output and the way back through it."""

from collections.abc import Callable
from typing import NamedTuple, Protocol

from worker.nn.activations import Activation
from worker.nn.backend import Array, Generator, aligned, array_module


class Backward(NamedTuple):
    """A layer's chain rule; both take dJ/d(output). What they need stays in their closures.

    `gradients` gives those of the layer's parameters, in the order of `params`. `to_input` gives
    dJ/d(input), and is a function of its own because the first layer's is never wanted. `slope`
    gives the layer's own g' where it has one: whoever looks after the training wants to see it.
    """

    gradients: Callable[[Array], list[Array]]
    to_input: Callable[[Array], Array]
    slope: Callable[[], Array] | None = None


def none(dZ: Array) -> list[Array]:
    """The gradients of a layer that has no parameters."""
    return []


class Layer(Protocol):
    """A step of the network.

    `forward` is given a source of chance while the network is trained, and none when it answers.
    """

    @property
    def params(self) -> list[Array]: ...

    def forward(self, X: Array, chance: Generator | None, /) -> tuple[Array, Backward]: ...


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

    def forward(self, X: Array, chance: Generator | None = None) -> tuple[Array, Backward]:
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

    def forward(self, Z: Array, chance: Generator | None = None) -> tuple[Array, Backward]:
        """A, of Z's shape."""
        A = self.activation.g(Z)

        def slope() -> Array:
            return self.activation.slope(Z, A)

        return A, Backward(none, lambda dA: dA * slope(), slope)


class Dropout:
    """While training, each number is 0 with probability `rate`, or else larger by 1/(1 − rate), so
    that its mean stays what it is. Otherwise nothing happens.

    Source: Srivastava et al., Dropout, 2014, section 10, where this form is called inverted.
    """

    def __init__(self, rate: float) -> None:
        self.rate = rate

    @property
    def params(self) -> list[Array]:
        return []

    def forward(self, X: Array, chance: Generator | None = None) -> tuple[Array, Backward]:
        """X, of the same shape, with some of it missing."""
        if chance is None:
            return X, Backward(none, lambda dX: dX)
        # float32 whatever X is: the same units go, in every precision.
        kept = chance.random(X.shape, dtype="float32") >= self.rate
        mask = kept * X.dtype.type(1 / (1 - self.rate))
        return X * mask, Backward(none, lambda dX: dX * mask)
