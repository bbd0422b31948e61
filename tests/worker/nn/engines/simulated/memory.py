"""Memory of a simulated device: it notices who writes beside an array or uses one that is gone."""

from typing import Any
from weakref import finalize

import numpy as np

from worker.nn.arrays import Array

GUARD_BYTES = 256  # before an array and behind it; also what arrays are aligned to
UNUSED = 0xFF  # as floating-point numbers these bytes are none, and such spread


class Place:
    """What an array and all its views keep alive."""

    def __init__(self, shape: tuple[int, ...], dtype: np.dtype[Any]) -> None:
        self.dtype, self.nbytes = dtype, int(np.prod(shape)) * dtype.itemsize
        self.bytes = np.full(self.nbytes + 3 * GUARD_BYTES, UNUSED, "uint8")
        self._start = GUARD_BYTES + -self.bytes.ctypes.data % GUARD_BYTES
        self.address = self.bytes.ctypes.data + self._start
        self.__array_interface__ = {
            "shape": shape, "typestr": dtype.str, "data": (self.address, False), "version": 3
        }  # fmt: skip

    def guards(self) -> tuple[Array, Array]:
        end = self._start + self.nbytes
        return self.bytes[: self._start], self.bytes[end:]


class Memory:
    """Gives out arrays. No address is given out twice."""

    def __init__(self) -> None:
        self._used: dict[int, tuple[np.dtype[Any], tuple[Array, Array]]] = {}
        self._gone: list[Array] = []

    def zeros(self, shape: tuple[int, ...], dtype: Any) -> Array:
        """An array that is known until nobody has it any more."""
        place = Place(shape, np.dtype(dtype))
        self._used[place.address] = place.dtype, place.guards()
        finalize(place, self._forget, place.address, place.bytes).atexit = False
        found: Array = np.asarray(place)
        found.fill(0)
        return found

    def dtype_at(self, address: int) -> np.dtype[Any]:
        """Of the array that begins there."""
        if address not in self._used:
            raise RuntimeError(
                "Expected the beginning of an array of the device that is still used."
            )
        return self._used[address][0]

    def check(self) -> None:
        """That nothing was written beside the arrays."""
        for dtype, guards in self._used.values():
            if any((guard != UNUSED).any() for guard in guards):
                raise RuntimeError(f"Something was written beside an array of {dtype}.")

    def _forget(self, address: int, there: Array) -> None:
        del self._used[address]
        self._gone.append(there)
        there.fill(UNUSED)


def address_of(X: Array) -> int:
    return int(X.__array_interface__["data"][0])
