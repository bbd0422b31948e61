"""Networks of pictures as they answer by BLAS, picture by picture.

Every number of an answer is computed in the same order whatever stands beside the picture in the
batch, and however many threads there are.
"""

from collections.abc import Sequence

import numpy

from worker.nn.arrays import Array
from worker.nn.convolution import Convolution
from worker.nn.engine import Eager
from worker.nn.engines.answering import PRECISION, patches, winograd
from worker.nn.engines.answering.products import Map, touch_memory
from worker.nn.engines.answering.scratch import SCRATCH
from worker.nn.engines.answering.threads import mapping
from worker.nn.layers import Layer
from worker.nn.network import Network
from worker.nn.pools import POOLS, Pool
from worker.nn.residual import simple_layers
from worker.nn.windows import Window


class BlasNetwork(Network):
    """A network that answers fast and learns nothing.

    Attributes:
        transformed: of its kernels, by which kernels they are.
    """

    def __init__(self, layers: Sequence[Layer], threads: int) -> None:
        """
        Args:
            layers: their arrays become float32.
            threads: that compute together, at most.
        """
        super().__init__(layers)
        touch_memory()
        self.to(lambda own: own.astype(PRECISION, copy=False))
        self.transformed = {
            id(layer.params[0]): winograd.transformed_kernels(layer.params[0])
            for layer in simple_layers(layers)
            if isinstance(layer, Convolution) and winograd.fits(layer.params[0], layer.window)
        }
        self._threads = threads

    @property
    def memory(self) -> int:
        """Bytes of its arrays, and of what was made of them to answer faster."""
        return super().memory + sum(U.nbytes for U in self.transformed.values())

    def logits(self, X: Array) -> Array:
        """Z, (m, k), in float64, of samples X, (m, …)."""
        return self.hidden_and_logits(X)[1]

    def hidden_and_logits(self, X: Array) -> tuple[Array, Array]:
        """What comes to the last layer, A, (m, n), and Z, (m, k), both in float64, of samples X,
        (m, …)."""
        one_by_one, together = map, mapping(self._threads)
        each, inner = (one_by_one, together) if len(X) == 1 else (together, one_by_one)
        do = AnsweringEngine(self.transformed, inner)

        *hidden, last = self.layers

        def answer(place: int) -> tuple[Array, Array]:
            A = X[place : place + 1].astype(PRECISION)
            for layer in hidden:
                A = layer.forward(A, do)[0]
            return A, last.forward(A, do)[0]

        A, Z = map(numpy.concatenate, zip(*each(answer, range(len(X))), strict=True))
        return A.astype("float64"), Z.astype("float64")


class AnsweringEngine(Eager):
    """Convolves one picture by fewer multiplications, or by larger products, than `Eager`."""

    def __init__(self, transformed: dict[int, Array], each: Map) -> None:
        """
        Args:
            transformed: for `winograd`, of kernels by their id.
            each: does the parts of a convolution.
        """
        super().__init__()
        self._transformed, self._each = transformed, each

    def convolve(self, X: Array, W: Array, b: Array | None, window: Window) -> Array:
        """Z, (1, places down, places across, filters), of one picture."""
        if W.ndim == 3:
            return super().convolve(X, W, b, window)
        (P,) = self._padded(X, window)
        if (U := self._transformed.get(id(W))) is not None:
            return winograd.convolve(P, U, b, self._each)[None]
        return patches.convolve(P, W, b, window, self._each)[None]

    def pool(self, pool: Pool, X: Array, window: Window) -> Array:
        """Z, (1, places down, places across, c), of one picture."""
        if pool is POOLS["average"] and X.shape[1:3] == window[:2] and window.padding == "valid":
            return X.mean(axis=(1, 2), keepdims=True)  # at once instead of place by place
        return super().pool(pool, X, window)

    @staticmethod
    def _padded(X: Array, window: Window) -> Array:
        P = SCRATCH.lend("padded", window.padded(X.shape), X.dtype)
        P.fill(0)
        window.inner(P, X.shape)[...] = X
        return P
