"""What a run of steps needs on the device: its rows, what chance decided, the rule's numbers."""

from collections.abc import Iterator

import numpy

from worker.nn.arrays import Array
from worker.nn.engines.batch import Rows
from worker.nn.engines.gpu.device import Device

SPARE = 0.9  # of the free memory: so much a dataset may take
SLOTS = 2  # batches on their way, when a dataset does not fit
# As in the kernels' `Data`.
TABLE = ("x", "order", "labels", "weights", "changes", "keys", "numbers", "clock", "cells")


class Transfer:
    """Brings rows to the device: the whole dataset once, if it fits; else batch after batch, each
    on its way while the one before is worked on.

    Attributes:
        table: where everything lies, for the kernels, (len(TABLE),) on the device.
    """

    def __init__(self, device: Device, cells: Array) -> None:
        self.device, self._cells = device, cells
        self.table = device.empty(len(TABLE), dtype="int64")
        self._arrays = {
            "clock": device.empty(2, dtype="int64"),
            "cells": device.empty(cells.size, dtype="float64"),
        }
        # With the datasets themselves: so no other can come to lie in the place of one.
        self._datasets: dict[tuple[int, ...], tuple[Array, Array | None]] = {}
        self._rows: Rows | None = None
        self._slots: Slots | None = None

    def steps(self, rows: Rows, first: int, size: int, numbers: Array) -> Iterator[int]:
        """Yields once per step, when its inputs are on the device; at the end, `cells` are here.

        Args:
            first: the place in the order at which the first step begins, and `size` rows of it make
                a step.
            numbers: of the optimizer's rule, step by step.
        """
        x = self._dataset(rows.x)
        if rows is not self._rows:
            self._rows = rows
            self._put("labels", rows.labels[rows.order])
            self._put("order", rows.order)
            for name in ("weights", "changes", "keys"):
                self._put(name, getattr(rows, name))
        self._put("numbers", numbers.reshape(-1))
        self._put("cells", self._cells)
        self._put("clock", numpy.array([0, first]))
        if x is None:
            yield from self._batches(rows, first, size, len(numbers))
        else:
            self._tell(x)
            yield from range(len(numbers))
        self.device.fetch(self._arrays["cells"], self._cells)

    def _batches(self, rows: Rows, first: int, size: int, steps: int) -> Iterator[int]:
        if self._slots is None or self._slots.size < size:
            self._slots = Slots(self.device, size, rows.x.shape[1])
        slots, order = self._slots, numpy.zeros(len(rows.order), "int64")
        taken = numpy.arange(steps * size)
        order[first : first + len(taken)] = slots.rows_of(taken // size, taken % size)
        self._put("order", order)
        self._rows = None  # the order is another one the next time
        self._tell(slots.on_device)
        for step in range(steps):
            start = first + step * size
            slots.fill(step, rows.x, rows.order[start : start + size])
            yield step
            slots.used(step)

    def _dataset(self, x: Array) -> Array | None:
        """The whole of it on the device, or None."""
        key = x.ctypes.data, *x.shape
        if key not in self._datasets:
            fits = x.nbytes < SPARE * self.device.free_bytes()
            self._datasets[key] = x, self.device.upload(x) if fits else None
        return self._datasets[key][1]

    def _put(self, name: str, values: Array) -> None:
        values, there = values.reshape(-1), self._arrays.get(name)
        if there is None or there.size < values.size:
            self._arrays[name] = self.device.upload(values)
        else:
            self.device.put(values, there)

    def _tell(self, x: Array) -> None:
        arrays = {**self._arrays, "x": x}
        addresses = [self.device.address(arrays[name]) for name in TABLE]
        self.device.put(numpy.array(addresses, "int64"), self.table)


class Slots:
    """A few batches on their way.

    Attributes:
        size: rows of a batch, at most.
        on_device: all slots, one after the other.
    """

    def __init__(self, device: Device, size: int, features: int) -> None:
        self.size, self._device = size, device
        self.on_device = device.empty(SLOTS * size, features, dtype="uint8")
        self._here = [device.pinned(size, features) for _ in range(SLOTS)]
        self._free = [device.event() for _ in range(SLOTS)]
        self._full = [device.event() for _ in range(SLOTS)]
        for event in self._free:
            device.mark(event)  # when the slots are there and clear: copies go on beside that

    def rows_of(self, step: Array, row: Array) -> Array:
        """Where rows of a step's batch lie on the device."""
        return step % SLOTS * self.size + row

    def fill(self, step: int, x: Array, rows: Array) -> None:
        """Send a batch on its way."""
        slot = step % SLOTS
        here, start = self._here[slot][: len(rows)], slot * self.size
        self._device.wait(self._full[slot])  # else the copy before might still read from it
        numpy.take(x, rows, axis=0, out=here)
        there = self.on_device[start : start + len(rows)]
        self._device.transfer(here, there, self._free[slot], self._full[slot])

    def used(self, step: int) -> None:
        """Its batch has been asked to be worked on: after that the slot is free."""
        self._device.mark(self._free[step % SLOTS])
