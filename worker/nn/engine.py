"""What layers ask of whoever does their arithmetic.

The layers say what is computed; an engine says how. `Eager` does it at once with the formulas of
this package, on whatever arrays it is given: to answer, and to compare others with. The engine that
trains, `cpu.engine`, writes it down and does it many times over.
"""

from typing import Protocol

from worker.nn.activations import Activation
from worker.nn.arrays import Array


class Engine(Protocol):
    """Arithmetic on batches of rows: Z, A, dZ and dA are (m, n)."""

    def affine(self, X: Array, W: Array, b: Array) -> Array:
        """X @ W + b."""

    def product(self, A: Array, B: Array) -> Array:
        """A @ B; either may be the transpose of a matrix."""

    def add_rows(self, dZ: Array) -> Array:
        """The sum of all rows, (n,)."""

    def activate(self, activation: Activation, Z: Array) -> Array:
        """A = g(Z)."""

    def chain(self, activation: Activation, Z: Array, A: Array, dA: Array) -> Array:
        """dZ = dA · g'(Z)."""

    def drop(self, X: Array, rate: float, place: int) -> Array:
        """X while the network answers. While it is trained, X with some numbers 0, the rest larger:
        the same ones each time it is asked within a step, for a place in the network."""


class Eager:
    """Does at once what it is asked, by the formulas; leaves nothing out."""

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

    def drop(self, X: Array, rate: float, place: int) -> Array:
        return X


EAGER = Eager()
