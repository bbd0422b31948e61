"""Memory for what a step computes; all programs of an engine use the same."""

from collections.abc import Callable

from worker.nn.arrays import Array


class BufferPool:
    """Lends matrices and vectors, the same ones again after each rewind.

    Attributes:
        buffers: all there are.
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
        if self._next == len(self.buffers):
            self.buffers.append(self._empty(*shape))
        buffer = self.buffers[self._next]
        if buffer.shape[-1] != shape[-1] or len(buffer) < shape[0]:
            buffer = self.buffers[self._next] = self._empty(*shape)
        self._next += 1
        return buffer[: shape[0]]
