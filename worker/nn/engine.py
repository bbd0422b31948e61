"""What layers ask of whoever does their arithmetic.

The layers say what is computed; an engine says how. `Eager` does it at once with the formulas of
this package, on whatever arrays it is given: to answer, and to compare others with. The engine that
trains, `cpu.engine`, writes it down and does it many times over.
"""

from collections.abc import Sequence
from typing import NamedTuple, Protocol

from worker.nn.activations import Activation
from worker.nn.arrays import Array, array_module, zeros, zeros_like
from worker.nn.pools import Pool
from worker.nn.windows import Shape, Window


class Statistics(NamedTuple):
    """By what rows are normalized.

    Attributes:
        mean, deviation: of each column, (n,).
        share: of each row in them: 1/m if they are those of m rows, 0 if they are the running ones,
            which do not depend on the rows.
    """

    mean: Array
    deviation: Array
    share: float


class Engine(Protocol):
    """Arithmetic on batches of samples.

    Where rows, (m, n), may be pictures, (m, h, w, n), each place of a picture counts as a row.
    """

    def affine(self, X: Array, W: Array, b: Array) -> Array:
        """X @ W + b, (m, n_out), for rows X, (m, n_in)."""

    def product(self, A: Array, B: Array) -> Array:
        """A @ B; either may be the transpose of a matrix."""

    def add(self, X: Array, Y: Array) -> Array:
        """X + Y, of the same shape, which may be any."""

    def add_rows(self, dZ: Array) -> Array:
        """The sum of all rows, (n,), of dZ, (m, n), or of pictures."""

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

    def flatten(self, X: Array) -> Array:
        """Each sample's numbers as a row, (m, n), of X, (m, …)."""

    def unflatten(self, dX: Array, shape: Shape) -> Array:
        """Rows, (m, n), as samples of this shape, (m, …): the way back."""

    # Pictures, (m, h, w, c). A kernel W is (height, width, c, filters); or (height, width, c),
    # and each channel has its own.

    def convolve(self, X: Array, W: Array, b: Array | None, window: Window) -> Array:
        """Z = Σ X[places under (i, j)] @ W[i, j] + b over the kernel's positions (i, j)."""

    def convolve_kernel_gradient(self, X: Array, dZ: Array, W: Array, window: Window) -> Array:
        """dW[i, j] = X[places under (i, j)]ᵀ @ dZ, of W's shape."""

    def convolve_input_gradient(self, dZ: Array, W: Array, window: Window, shape: Shape) -> Array:
        """dX[places under (i, j)] = Σ dZ @ W[i, j]ᵀ, of this shape, X's."""

    def pool(self, pool: Pool, X: Array, window: Window) -> Array:
        """Z, a number for each place of the window and each channel."""

    def pool_input_gradient(
        self, pool: Pool, X: Array, Z: Array, dZ: Array, window: Window
    ) -> Array:
        """dX, of X's shape."""

    # Normalization of each column over the rows.

    def statistics(
        self, X: Array, running: Sequence[Array], decay: float, eps: float
    ) -> Statistics:
        """Those of X's rows while the network is trained, else the running ones. The deviation is
        √(σ² + ε).

        Args:
            running: the mean and the variance, (n,), of the batches so far. Training moves them,
                in place, by 1 − decay of the way to this batch's.

        Raises:
            ValueError: there is one row, which has no variance.
        """

    def normalize(self, X: Array, by: Statistics, gamma: Array, beta: Array) -> Array:
        """γ · X̂ + β, where X̂ = (X − mean) / deviation, of X's shape."""

    def normalize_scale_gradient(self, X: Array, by: Statistics, dZ: Array) -> Array:
        """dγ = Σ dZ · X̂ over the rows, (n,)."""

    def normalize_input_gradient(
        self, X: Array, by: Statistics, gamma: Array, gradients: Sequence[Array], dZ: Array
    ) -> Array:
        """dX = γ / deviation · (dZ − share · (dγ · X̂ + dβ)), of X's shape.

        Args:
            gradients: dγ and dβ, (n,).
        """


class Eager:
    """The reference: does at once what it is asked, by the formulas; leaves nothing out.

    Models answer by it, and tests hold the engines that train against it.
    """

    def __init__(self, *, training: bool = False) -> None:
        """
        Args:
            training: whether rows are normalized by their own statistics.
        """
        self._training = training

    def affine(self, X: Array, W: Array, b: Array) -> Array:
        Z = self.product(X, W)
        Z += b
        return Z

    def product(self, A: Array, B: Array) -> Array:
        return A @ B

    def add(self, X: Array, Y: Array) -> Array:
        return X + Y

    def add_rows(self, dZ: Array) -> Array:
        return _rows(dZ).sum(axis=0)

    def activate(self, activation: Activation, Z: Array) -> Array:
        return activation.g(Z)

    def chain(self, activation: Activation, Z: Array, A: Array, dA: Array) -> Array:
        return dA * activation.slope(Z, A)

    def drop(self, X: Array, rate: float, index: int) -> Array:
        return X

    def flatten(self, X: Array) -> Array:
        return X.reshape(len(X), -1)

    def unflatten(self, dX: Array, shape: Shape) -> Array:
        return dX.reshape(shape)

    def convolve(self, X: Array, W: Array, b: Array | None, window: Window) -> Array:
        m, h, w, _ = X.shape
        Z = zeros((m, *window.places(h, w), W.shape[-1]), X)
        for at, part in window.parts(window.pad(X)):
            Z += _times(part, W[at])
        if b is not None:
            Z += b
        return Z

    def convolve_kernel_gradient(self, X: Array, dZ: Array, W: Array, window: Window) -> Array:
        dW = zeros_like(W)
        for at, part in window.parts(window.pad(X)):
            dW[at] = _rows(part * dZ).sum(axis=0) if W.ndim == 3 else _rows(part).T @ _rows(dZ)
        return dW

    def convolve_input_gradient(self, dZ: Array, W: Array, window: Window, shape: Shape) -> Array:
        dP = zeros(window.padded(shape), dZ)
        for at, part in window.parts(dP):
            part += _times(dZ, W[at].T)
        return window.inner(dP, shape)

    def pool(self, pool: Pool, X: Array, window: Window) -> Array:
        return pool.forward(X, window)

    def pool_input_gradient(
        self, pool: Pool, X: Array, Z: Array, dZ: Array, window: Window
    ) -> Array:
        return pool.input_gradient(X, Z, dZ, window)

    def statistics(
        self, X: Array, running: Sequence[Array], decay: float, eps: float
    ) -> Statistics:
        mean, variance = running
        if not self._training:
            return Statistics(mean, _root(variance + eps), 0)
        rows = _rows(X)
        m, now, spread = len(rows), rows.mean(axis=0), rows.var(axis=0)
        if m < 2:
            raise ValueError(
                "Expected at least two numbers of each column to normalize a batch by, got one. "
                "Train on larger batches."
            )
        mean += (1 - decay) * (now - mean)
        # Of a sample, the variance is a little small.
        variance += (1 - decay) * (m / (m - 1) * spread - variance)
        return Statistics(now, _root(spread + eps), 1 / m)

    def normalize(self, X: Array, by: Statistics, gamma: Array, beta: Array) -> Array:
        return gamma * _normalized(X, by) + beta

    def normalize_scale_gradient(self, X: Array, by: Statistics, dZ: Array) -> Array:
        return self.add_rows(dZ * _normalized(X, by))

    def normalize_input_gradient(
        self, X: Array, by: Statistics, gamma: Array, gradients: Sequence[Array], dZ: Array
    ) -> Array:
        dgamma, dbeta = gradients
        return gamma / by.deviation * (dZ - by.share * (dgamma * _normalized(X, by) + dbeta))


EAGER = Eager()


def _rows(X: Array) -> Array:
    """X, (m, n), or pictures with each place as a row."""
    return X.reshape(-1, X.shape[-1])


def _times(X: Array, w: Array) -> Array:
    """X @ w, for a kernel of all channels, (c, filters), or of each its own, (c,)."""
    return X * w if w.ndim == 1 else array_module(X).tensordot(X, w, 1)


def _normalized(X: Array, by: Statistics) -> Array:
    return (X - by.mean) / by.deviation


def _root(X: Array) -> Array:
    return array_module(X).sqrt(X)
