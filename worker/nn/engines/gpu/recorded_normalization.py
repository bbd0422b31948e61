"""How batch normalization is written down for a graphics processor."""

from collections.abc import Sequence

from worker.nn.arrays import Array
from worker.nn.engine import Statistics
from worker.nn.engines.gpu.grid import COLUMN_THREADS, THREADS, blocks_for, column_blocks, pieces_of
from worker.nn.engines.gpu.recorded_columns import RecordedColumns
from worker.nn.engines.layout import matrix_shape
from worker.nn.engines.operations import Operation


class RecordedNormalization(RecordedColumns):
    """Records statistics of rows, and what is normalized by them."""

    def statistics(
        self, X: Array, running: Sequence[Array], decay: float, eps: float
    ) -> Statistics:
        (m, n), (mean, variance) = matrix_shape(X.shape), running
        deviation, blocks = self._buffers.lend(n), blocks_for(n)
        if not self._training:
            given = variance, deviation, n, float(eps)
            self._launch("running_deviation", blocks, THREADS, *given)
            return Statistics(mean, deviation, 0)
        if m < 2:
            raise ValueError(
                "Expected at least two numbers of each column to normalize a batch by, got one. "
                "Train on larger batches."
            )
        now, sums = self._buffers.lend(n), self._piece_sums(m, n)
        sizes, rate = (pieces_of(m), m, n), 1.0 - decay
        self._sum_columns("moment_sums", (m, n), X, 0, sums)
        self._launch("batch_mean", blocks, THREADS, sums, now, mean, *sizes, rate)
        self._sum_columns("moment_sums", (m, n), X, now, sums)
        moved = sums, deviation, variance, *sizes, rate, float(eps)
        self._launch("batch_deviation", blocks, THREADS, *moved)
        return Statistics(now, deviation, 1 / m)

    def normalize(self, X: Array, by: Statistics, gamma: Array, beta: Array) -> Array:
        Z, sizes = self._buffers.lend(*X.shape), matrix_shape(X.shape)
        given = X, by.mean, by.deviation, gamma, beta, Z
        self._launch("normalize", blocks_for(Z.size), THREADS, *given, *sizes)
        return Z

    def normalize_scale_gradient(self, X: Array, by: Statistics, dZ: Array) -> Array:
        m, n = matrix_shape(X.shape)
        dgamma, sums = self._buffers.lend(n), self._piece_sums(m, n)
        self._sum_columns("scale_sums", (m, n), X, by.mean, by.deviation, dZ, sums)
        self._add_pieces(Operation.ADD_ROWS, sums, m, dgamma)
        return dgamma

    def normalize_input_gradient(
        self, X: Array, by: Statistics, gamma: Array, gradients: Sequence[Array], dZ: Array
    ) -> Array:
        dX, sizes = self._buffers.lend(*X.shape), matrix_shape(X.shape)
        given = X, by.mean, by.deviation, gamma, *gradients, dZ, dX
        share = float(by.share)
        self._launch("normalize_back", blocks_for(dX.size), THREADS, *given, *sizes, share)
        return dX

    def _sum_columns(self, name: str, sizes: tuple[int, int], *arguments: Array | int) -> None:
        self._launch(name, column_blocks(*sizes), COLUMN_THREADS, *arguments, *sizes)
