"""Places for what a step computes; all programs of an engine use the same."""

from collections.abc import Callable

from worker.nn.arrays import Array


class BufferPool:
    """Lends matrices and vectors, the same ones again after each rewind.

    Attributes:
        places: all there are.
    """

    def __init__(self, empty: Callable[..., Array]) -> None:
        self._empty = empty
        self.places: list[Array] = []
        self._next = 0

    def rewind(self) -> None:
        """Another program is written: it may use what the last one used."""
        self._next = 0

    def lend(self, *shape: int) -> Array:
        """A place of this shape."""
        if self._next == len(self.places):
            self.places.append(self._empty(*shape))
        place = self.places[self._next]
        if place.shape[-1] != shape[-1] or len(place) < shape[0]:
            place = self.places[self._next] = self._empty(*shape)
        self._next += 1
        return place[: shape[0]]
