"""Layers: each returns its output and the way back through it."""

from collections.abc import Callable
from typing import NamedTuple, Protocol, TypeVar

from worker.nn.activations import Activation
from worker.nn.arrays import Array
from worker.nn.engine import EAGER, Engine

T = TypeVar("T")
Bend = tuple[Activation, Array, Array]


def own_error(dZ: Array) -> list[Array]:
    """The error of a layer that is not made of others."""
    return [dZ]


class Backward(NamedTuple):
    """A layer's chain rule. What its functions need stays in their closures.

    Attributes:
        gradients: of dJ/d(output), those of the layer's parameters, in the order of `params`.
        to_input: of dJ/d(output), dJ/d(input). It is a function of its own because nobody wants it
            of the first layer with parameters.
        errors: of the same, after `gradients`, dJ/d(output) of each layer with parameters: of the
            layer itself, unless it is made of others.
        bends: each activation within, with its Z and A: how steep its units are is looked at in
            training.
        slopes: returns arrays in which a number jumps where the layer has a kink.
    """

    gradients: Callable[[Array], list[Array]]
    to_input: Callable[[Array], Array]
    errors: Callable[[Array], list[Array]] = own_error
    bends: tuple[Bend, ...] = ()
    slopes: Callable[[], list[Array]] = list


def once(back: Callable[[Array], T]) -> Callable[[Array], T]:
    """The same function, which computes nothing again where it is asked for the array it was asked
    for last: for what both functions of a way back need. The array must not change between."""
    last: list[tuple[Array, T]] = []

    def ask(dZ: Array) -> T:
        if not last or last[0][0] is not dZ:
            last[:] = [(dZ, back(dZ))]
        return last[0][1]

    return ask


def none(dZ: Array) -> list[Array]:
    """The gradients of a layer that has no parameters."""
    return []


class Layer(Protocol):
    """A step of the network, from samples of any shape to samples of another.

    Attributes:
        params: the trainable arrays, changed in place.
        running: what training keeps beside them, changed in place by `forward`.
    """

    params: list[Array]
    running: list[Array]

    def forward(self, X: Array, do: Engine = EAGER, /) -> tuple[Array, Backward]:
        """The output, (m, …), for samples X, (m, …), and the way back."""


class Flatten:
    """Each sample as one row of numbers."""

    def __init__(self) -> None:
        self.params: list[Array] = []
        self.running: list[Array] = []

    def forward(self, X: Array, do: Engine = EAGER) -> tuple[Array, Backward]:
        """X, (m, …), as (m, n); X itself where it is that already."""
        if X.ndim == 2:
            return X, Backward(none, lambda dX: dX)
        return do.flatten(X), Backward(none, lambda dX: do.unflatten(dX, X.shape))


class Dense:
    """Z = X @ W + b.

    Attributes:
        params: the weights W, (n_in, n_out), and the bias b, (n_out,).
    """

    def __init__(self, W: Array, b: Array) -> None:
        self.params = [W, b]
        self.running: list[Array] = []

    def forward(self, X: Array, do: Engine = EAGER) -> tuple[Array, Backward]:
        """Z, (m, n_out), for samples X, (m, n_in)."""
        W, b = self.params

        def gradients(dZ: Array) -> list[Array]:
            # The loss has already divided by m, so these are sums, not means.
            return [do.product(X.T, dZ), do.add_rows(dZ)]

        return do.affine(X, W, b), Backward(gradients, lambda dZ: do.product(dZ, W.T))


class Activate:
    """A = g(Z), element by element."""

    def __init__(self, activation: Activation) -> None:
        self.activation = activation
        self.params: list[Array] = []
        self.running: list[Array] = []

    def forward(self, Z: Array, do: Engine = EAGER) -> tuple[Array, Backward]:
        """A, of Z's shape."""
        g = self.activation
        A = do.activate(g, Z)
        return A, Backward(
            none,
            lambda dA: do.chain(g, Z, A, dA),
            bends=((g, Z, A),),
            slopes=lambda: [g.slope(Z, A)],
        )


class Dropout:
    """While training, each number is 0 with probability `rate`, or else larger by 1/(1 − rate), so
    that its mean stays what it is. Otherwise nothing happens.

    Attributes:
        index: which dropout of the network it is, from 0: others leave out other units.

    Source: Srivastava et al., Dropout, 2014, section 10, where this form is called inverted.
    """

    def __init__(self, rate: float, index: int = 0) -> None:
        self.rate, self.index = rate, index
        self.params: list[Array] = []
        self.running: list[Array] = []

    def forward(self, X: Array, do: Engine = EAGER) -> tuple[Array, Backward]:
        """X, of the same shape, with some of it missing."""

        def drop(numbers: Array) -> Array:
            return do.drop(numbers, self.rate, self.index)

        return drop(X), Backward(none, drop)
