"""How sums of columns are written down for a graphics processor."""

from abc import abstractmethod

from worker.nn.arrays import Array
from worker.nn.engines.base import TrainingEngine
from worker.nn.engines.gpu.grid import COLUMN_THREADS, THREADS, blocks_for, column_blocks, pieces_of
from worker.nn.engines.layout import matrix_shape
from worker.nn.engines.operations import Operation

COLUMNS = (Operation.ADD_ROWS, Operation.ALIVE, Operation.SATURATED)  # in the kernels' order


class RecordedColumns(TrainingEngine):
    """Records one number of each column. Sums of many rows are made of those of pieces, for which
    all operations use the same memory: they are done one after the other."""

    @abstractmethod
    def _launch(self, name: str, blocks: int, threads: int, *arguments: Array | float) -> None:
        """A kernel with these arguments."""

    def _columns(self, operation: Operation, X: Array, out: Array, *numbers: float) -> None:
        (m, n), what = matrix_shape(X.shape), COLUMNS.index(operation)
        least = numbers[0] if numbers else 0.0
        sums, blocks = self._piece_sums(m, n), column_blocks(m, n)
        self._launch("columns", blocks, COLUMN_THREADS, X, sums, out, m, n, what, least)
        if pieces_of(m) > 1:
            self._add_pieces(operation, sums, m, out)

    def _piece_sums(self, m: int, n: int) -> Array:
        """Room for a sum of each column of each piece of rows."""
        count = pieces_of(m) * n
        if count > self._sums.size:
            self._sums = self._doubles(count)
        return self._sums

    def _add_pieces(self, operation: Operation, sums: Array, m: int, out: Array) -> None:
        """From the sums of pieces of so many rows to `out`."""
        what = COLUMNS.index(operation)
        given = sums, out, pieces_of(m), out.size, what
        self._launch("column_totals", blocks_for(out.size), THREADS, *given)
