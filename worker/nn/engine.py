"""What layers ask of whoever does their arithmetic.

The layers say what is computed; an engine says how. `Eager` does it at once with the formulas of
this package, on whatever arrays it is given: to answer, and to compare others with. The engine that
trains, `cpu.engine`, writes it down and does it many times over.
"""

from typing import Protocol

from worker.nn.activations import Activation
from worker.nn.arrays import Array


class Engine(Protocol):
    """Arithmetic on batches of samples."""

    def affine(self, X: Array, W: Array, b: Array) -> Array:
        """X @ W + b, (m, n_out), for rows X, (m, n_in)."""

    def product(self, A: Array, B: Array) -> Array:
        """A @ B; either may be the transpose of a matrix."""

    def add_rows(self, dZ: Array) -> Array:
        """The sum of all rows, (n,), of dZ, (m, n)."""

    def activate(self, activation: Activation, Z: Array) -> Array:
        """A = g(Z), of Z's shape, which may be any."""

    def chain(self, activation: Activation, Z: Array, A: Array, dA: Array) -> Array:
        """dZ = dA · g'(Z), of Z's shape, which may be any."""

    def drop(self, X: Array, rate: float, index: int) -> Array:
        """X, of any shape, while the network answers. While it is trained, X with some numbers 0,
        the rest larger by 1/(1 − rate).

        Args:
            rate: the probability of 0.
            index: which dropout of the network asks. Within a step it gets the same numbers again.
        """


class Eager:
    """The reference: does at once what it is asked, by the formulas; leaves nothing out.

    Models answer by it, and tests hold the engines that train against it.
    """

    def affine(self, X: Array, W: Array, b: Array) -> Array:
        Z = X @ W
        Z += b
        return Z

    def product(self, A: Array, B: Array) -> Array:
        return A @ B

    def add_rows(self, dZ: Array) -> Array:
        return dZ.sum(axis=0)

    def activate(self, activation: Activation, Z: Array) -> Array:
        return activation.g(Z)

    def chain(self, activation: Activation, Z: Array, A: Array, dA: Array) -> Array:
        return dA * activation.slope(Z, A)

    def drop(self, X: Array, rate: float, index: int) -> Array:
        return X


EAGER = Eager()
