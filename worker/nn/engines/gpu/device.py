"""What the engine for graphics processors asks of one; `cuda` answers it by CUDA."""

from collections.abc import Callable
from typing import Any, Protocol

from worker.nn.arrays import Array


class Device(Protocol):
    """Everything is done in the order in which it was asked for, unless it says otherwise.

    Attributes:
        dtype: of all matrices.
    """

    dtype: Any

    def empty(self, *shape: int, dtype: Any = None) -> Array:
        """Zeros on the device."""

    def upload(self, X: Array) -> Array:
        """X, an array of the host, on the device, row after row."""

    def put(self, X: Array, to: Array) -> None:
        """Overwrite the beginning of an array on the device."""

    def fetch(self, X: Array, to: Array) -> None:
        """Copy an array from the device, once all that was asked for is done."""

    def free_bytes(self) -> int:
        """Memory that nobody uses."""

    def address(self, X: Array) -> int:
        """Where an array of the device lies."""

    def kernel(self, name: str) -> Callable[[int, int, tuple[int, ...]], None]:
        """A kernel: to be called with blocks, threads in each, and 64 bits for every argument."""

    def multiply(self, A: Array, B: Array, out: Array, *, add: bool = False) -> None:
        """out ← A @ B, or out + A @ B; A and B may be transposes, and rows of a larger matrix."""

    def capture(self, do: Callable[[], None]) -> Callable[[], None]:
        """What `do` asks of the device, as one thing to ask for again and again."""

    # Batches that come while work goes on.

    def pinned(self, *shape: int) -> Array:
        """Bytes of the host from which the device can copy by itself."""

    def event(self) -> Any:
        """Something that can be marked, and waited for."""

    def mark(self, event: Any) -> None:
        """Note that the work so far has been asked for."""

    def wait(self, event: Any) -> None:
        """Until what was noted is done; at once where nothing was."""

    def transfer(self, source: Array, to: Array, free: Any, full: Any) -> None:
        """Copy a batch beside the work that goes on: not before `free`, and what is asked next not
        before it is there, which is noted as `full`."""
