"""Memory for what a step computes; all programs of an engine use the same."""

from collections.abc import Callable

from worker.nn.arrays import Array
from worker.nn.engines.layout import matrix_shape


class BufferPool:
    """Lends arrays, the same memory again after each rewind.

    Attributes:
        buffers: all there are, matrices and vectors.
    """

    def __init__(self, empty: Callable[..., Array]) -> None:
        self._empty = empty
        self.buffers: list[Array] = []
        self._next = 0

    def rewind(self) -> None:
        """Another program is recorded: it may use what the last one used."""
        self._next = 0

    def lend(self, *shape: int) -> Array:
        """A buffer of this shape."""
        size = matrix_shape(shape) if len(shape) > 1 else shape
        if self._next == len(self.buffers):
            self.buffers.append(self._empty(*size))
        buffer = self.buffers[self._next]
        alike = buffer.ndim == len(size) and buffer.shape[-1] == size[-1]
        if not alike or len(buffer) < size[0]:
            buffer = self.buffers[self._next] = self._empty(*size)
        self._next += 1
        return buffer[: size[0]].reshape(shape)
