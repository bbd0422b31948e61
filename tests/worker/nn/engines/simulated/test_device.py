"""The simulated device notices what a real one would answer with wrong numbers, or not at all."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from tests.worker.nn.engines.simulated.device import SimulatedDevice, ascending, descending
from tests.worker.nn.engines.simulated.kernels import SOURCE, compiled
from worker.nn.arrays import Array

ROWS = 40


def broken(right: str, wrong: str) -> str:
    """The kernels with a fault in one place."""
    assert SOURCE.count(right) == 1
    return SOURCE.replace(right, wrong)


def column_sums(device: SimulatedDevice, X: Array) -> Array:
    """By the kernel `columns`, with four threads to a column."""
    table, x, out = device.empty(9, dtype="int64"), device.upload(X), device.empty(X.shape[1])
    places = [device.address(array) for array in (table, x, out)]
    places.insert(2, 0)  # there is one piece, and nowhere to put sums of several
    device.kernel("columns")(1, 128, (*places, *X.shape, 0, 0))
    found = np.zeros(X.shape[1])
    device.fetch(out, found)
    return found


def test_kernels_are_run() -> None:
    X = np.random.default_rng(0).normal(size=(ROWS, 5))
    assert column_sums(SimulatedDevice("float64"), X) == pytest.approx(X.sum(axis=0))


def test_a_missing_barrier_shows_in_another_order_of_threads() -> None:
    source = broken(
        "= value;\n  __syncthreads();\n  double total = 0", "= value;\n  double total = 0"
    )
    X = np.ones((ROWS, 5))
    there, back = (
        column_sums(SimulatedDevice("float64", order=order, kernels=compiled("float64", source)), X)
        for order in (ascending, descending)
    )
    assert not np.array_equal(there, back, equal_nan=True)


def test_a_barrier_that_some_threads_leave_out_is_refused() -> None:
    source = broken(
        "= value;\n  __syncthreads();\n  double total = 0",
        "= value;\n  if (threadIdx.x < LANES) __syncthreads();\n  double total = 0",
    )
    device = SimulatedDevice("float64", kernels=compiled("float64", source))
    for _ in range(2):
        with pytest.raises(RuntimeError, match="columns at the same barrier"):
            column_sums(device, np.ones((ROWS, 5)))
    assert column_sums(SimulatedDevice("float64"), np.ones((ROWS, 1))) == [ROWS]


def test_a_number_written_behind_an_array_is_noticed() -> None:
    source = broken("LANES || own.j >= n) return", "LANES || own.j > n) return")
    device = SimulatedDevice("float64", kernels=compiled("float64", source))
    with pytest.raises(RuntimeError, match="beside an array of float64"):
        column_sums(device, np.ones((ROWS, 5)))


def test_shared_memory_is_not_what_the_block_before_has_left() -> None:
    source = broken(
        "= value;\n  __syncthreads();\n  double total = 0",
        "= blockIdx.x ? parts[threadIdx.x] : value;\n  __syncthreads();\n  double total = 0",
    )
    device = SimulatedDevice("float64", kernels=compiled("float64", source))
    table, x, out = device.empty(9, dtype="int64"), device.empty(1, 40), device.empty(40)
    places = [device.address(array) for array in (table, x, out)]
    places.insert(2, 0)
    device.kernel("columns")(2, 32, (*places, 1, 40, 0, 0))
    found = np.zeros(40)
    device.fetch(out, found)
    assert (~np.isnan(found)).sum() == 32


def ticks(device: SimulatedDevice) -> tuple[Array, Callable[[], None]]:
    """A clock, and what lets it go on by 5."""
    clock, table = device.empty(2, dtype="int64"), device.empty(9, dtype="int64")
    place = np.zeros(9, "int64")
    place[7] = device.address(clock)
    device.put(place, table)
    given = device.address(table), 5
    return clock, lambda: device.kernel("tick")(1, table.size // 9, given)  # so the table is kept


def time(device: SimulatedDevice, clock: Array) -> list[int]:
    found = np.zeros(2, "int64")
    device.fetch(clock, found)
    return found.tolist()


def test_what_is_captured_is_done_when_it_is_asked_for_and_not_before() -> None:
    device = SimulatedDevice("float32")
    clock, tick = ticks(device)
    step = device.capture(tick)
    assert time(device, clock) == [0, 0]
    step()
    step()
    assert not clock.any()  # nobody has waited for it
    assert time(device, clock) == [2, 10]


ARRAYS = np.zeros((3, 4)), np.zeros(7)
FORBIDDEN: dict[str, Callable[[SimulatedDevice], Any]] = {
    "memory": lambda device: device.empty(3),
    "an upload": lambda device: device.upload(ARRAYS[0]),
    "a copy": lambda device: device.put(ARRAYS[0], ARRAYS[0]),
    "a copy back": lambda device: device.fetch(ARRAYS[0], ARRAYS[0]),
    "an event": lambda device: device.mark(device.event()),
    "waiting": lambda device: device.wait(device.event()),
    "another capture": lambda device: device.capture(lambda: None),
}


@pytest.mark.parametrize("ask", FORBIDDEN.values(), ids=FORBIDDEN)
def test_nothing_but_work_is_captured(ask: Callable[[SimulatedDevice], Any]) -> None:
    device = SimulatedDevice("float64")
    with pytest.raises(RuntimeError, match="capture"):
        device.capture(lambda: ask(device))
    device.empty(1)


@pytest.mark.parametrize("wrong", [np.zeros(8), np.zeros(3, "float32"), np.zeros((2, 2))])
def test_a_copy_of_another_kind_or_beyond_the_end_is_refused(wrong: Array) -> None:
    device = SimulatedDevice("float64")
    with pytest.raises(TypeError):
        device.put(wrong, device.empty(7))
    with pytest.raises(TypeError):
        device.fetch(device.empty(7), wrong)


def test_kernels_get_as_many_arguments_as_they_take_and_of_their_types() -> None:
    device = SimulatedDevice("float64")
    numbers, table = device.empty(9), device.empty(9, dtype="int64")
    places, fill = [device.address(numbers)] * 2, device.kernel("add_scaled")
    fill(1, 32, (device.address(table), *places, 9, 0))
    with pytest.raises(TypeError, match="Expected 5 arguments"):
        fill(1, 32, (device.address(table), *places, 9))
    with pytest.raises(TypeError, match="Expected integers"):
        fill(1, 32, (device.address(table), *places, 9, 0.5))  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="grid"):
        fill(0, 32, (device.address(table), *places, 9, 0))
    fill(1, 32, (device.address(numbers), *places, 9, 0))
    with pytest.raises(TypeError, match=r"Data\*"):
        device.fetch(numbers, np.zeros(9))


def test_an_array_that_nobody_keeps_is_not_worked_on() -> None:
    device = SimulatedDevice("float64")
    clock, tick = ticks(device)
    step = device.capture(tick)
    del tick
    step()
    with pytest.raises(RuntimeError, match="still used"):
        time(device, clock)


def test_an_address_is_that_of_an_array_of_the_device() -> None:
    with pytest.raises(RuntimeError, match="array of the device"):
        SimulatedDevice("float64").address(np.zeros(3))


def test_only_whole_matrices_are_multiplied() -> None:
    device = SimulatedDevice("float64")
    A, B, out = device.empty(4, 5), device.empty(5, 6), device.empty(4, 6)
    with pytest.raises(ValueError, match="whole"):
        device.multiply(A[:, :5:2], B[:3], out)
    with pytest.raises(ValueError, match="whole"):
        device.multiply(B.T, A.T, out.T)
    with pytest.raises(ValueError, match="sizes"):
        device.multiply(B, A, out)
    square = device.empty(5, 5)
    with pytest.raises(ValueError, match="factor"):
        device.multiply(square, device.empty(5, 5), square)
    with pytest.raises(TypeError, match="float64"):
        device.multiply(A, B, device.empty(4, 6, dtype="int64"))


def feeding(device: SimulatedDevice) -> tuple[Array, Array, Any, Any]:
    here, there = device.pinned(2, 3), device.empty(2, 3, dtype="uint8")
    free, full = device.event(), device.event()
    device.mark(free)
    return here, there, free, full


def test_a_batch_comes_as_late_as_it_may() -> None:
    device = SimulatedDevice("float64")
    here, there, free, full = feeding(device)
    here.fill(1)
    device.transfer(here, there, free, full)
    here.fill(2)  # too early
    device.wait(full)
    assert (there == 2).all()
    here.fill(3)
    assert (there == 2).all()


def test_a_batch_that_nobody_used_is_not_overwritten() -> None:
    device = SimulatedDevice("float64")
    here, there, free, full = feeding(device)
    device.transfer(here, there, free, full)
    device.mark(free)
    with pytest.raises(RuntimeError, match="used before"):
        device.transfer(here, there, free, full)


def test_a_slot_must_be_there_before_a_batch_comes() -> None:
    device = SimulatedDevice("float64")
    here, there, _, full = feeding(device)
    with pytest.raises(RuntimeError, match="is there"):
        device.transfer(here, there, device.event(), full)


def test_a_slot_has_an_event_of_its_own() -> None:
    device = SimulatedDevice("float64")
    here, there, free, full = feeding(device)
    device.transfer(here, there, free, full)
    device.mark(full)
    with pytest.raises(RuntimeError, match="event of its own"):
        device.transfer(here, there, full, free)


def test_batches_come_from_pinned_memory() -> None:
    device = SimulatedDevice("float64")
    _, there, free, full = feeding(device)
    with pytest.raises(RuntimeError):
        device.transfer(np.zeros((2, 3), "uint8"), there, free, full)
