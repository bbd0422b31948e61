"""How batch normalization is written down for the processor."""

from collections.abc import Sequence

from worker.nn.arrays import Array
from worker.nn.engine import Statistics
from worker.nn.engines.base import TrainingEngine
from worker.nn.engines.cpu.program import Program
from worker.nn.engines.layout import PIECE_ROWS, matrix_shape
from worker.nn.engines.operations import Operation


class RecordedNormalization(TrainingEngine):
    """Records statistics of rows, and what is normalized by them."""

    _program: Program
    _shift: tuple[Array, Array] | None = None  # dZ, and its dβ that was found together with dγ

    def statistics(
        self, X: Array, running: Sequence[Array], decay: float, eps: float
    ) -> Statistics:
        (m, n), (mean, variance) = matrix_shape(X.shape), running
        deviation = self._buffers.lend(n)
        if not self._training:
            self._program.write(Operation.DEVIATION, variance, deviation, n, float(eps))
            return Statistics(mean, deviation, 0)
        if m < 2:
            raise ValueError(
                "Expected at least two numbers of each column to normalize a batch by, got one. "
                "Train on larger batches."
            )
        sums, now = self._piece_sums(m, n), self._buffers.lend(n)
        self._program.write(Operation.SPREAD_SUMS, X, sums, m, n)
        how = float(decay), float(eps), m, n
        self._program.write(Operation.STATISTICS, X, sums, now, deviation, mean, variance, *how)
        return Statistics(now, deviation, 1 / m)

    def normalize(self, X: Array, by: Statistics, gamma: Array, beta: Array) -> Array:
        Z, sizes = self._buffers.lend(*X.shape), matrix_shape(X.shape)
        given = X, by.mean, by.deviation, gamma, beta
        self._program.write(Operation.NORMALIZE, *given, Z, *sizes)
        self._program.may_bend(Z)
        return Z

    def normalize_scale_gradient(self, X: Array, by: Statistics, dZ: Array) -> Array:
        m, n = matrix_shape(X.shape)
        sums, dgamma, dbeta = self._piece_sums(m, n), self._buffers.lend(n), self._buffers.lend(n)
        self._program.write(Operation.SCALE_SUMS, X, dZ, by.mean, sums, m, n)
        self._program.write(Operation.SCALE_GRADIENT, sums, by.deviation, dgamma, dbeta, m, n)
        self._shift = dZ, dbeta
        return dgamma

    def add_rows(self, dZ: Array) -> Array:
        known, self._shift = self._shift, None
        if known is not None and known[0] is dZ:
            return known[1]
        if dZ.ndim == 2:
            return super().add_rows(dZ)
        (m, n), total = matrix_shape(dZ.shape), self._buffers.lend(dZ.shape[-1])
        sums = self._piece_sums(m, n)
        self._program.write(Operation.ROW_SUMS, dZ, sums, m, n)
        self._program.write(Operation.ROW_TOTAL, sums, total, m, n)
        return total

    def normalize_input_gradient(
        self, X: Array, by: Statistics, gamma: Array, gradients: Sequence[Array], dZ: Array
    ) -> Array:
        dX, sizes = self._buffers.lend(*X.shape), matrix_shape(X.shape)
        given = X, dZ, dX, by.mean, by.deviation, gamma, *gradients
        self._program.write(Operation.NORMALIZE_INPUT_GRADIENT, *given, *sizes, float(by.share))
        return dX

    def _piece_sums(self, m: int, n: int) -> Array:
        """Room for two sums of each column and piece of so many rows."""
        pieces = -(-m // PIECE_ROWS)
        self._program.work += m * n
        return self._doubles(2 * pieces * n)
