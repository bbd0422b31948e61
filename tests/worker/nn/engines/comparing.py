"""What tests share that ask the same of the processor's engine and of a graphics processor's."""

from collections.abc import Callable, Sequence

import numpy as np
from numpy.testing import assert_allclose

from tests.worker.nn.engines.computing import blank, rows_of
from worker.nn.arrays import Array, on_host
from worker.nn.engine import Eager
from worker.nn.engines.base import MEASURED, TrainingEngine
from worker.nn.engines.batch import Rows
from worker.nn.engines.cpu.engine import CpuEngine
from worker.nn.engines.gpu.device import Device
from worker.nn.engines.gpu.engine import GpuEngine
from worker.nn.engines.step_numbers import numbers_of

DeviceOf = Callable[[str], Device]
Given = Sequence[Array | int]  # arrays of an engine, or cells by their numbers
Step = Callable[[TrainingEngine], Given]

DIGITS = {"float32": 1e-5, "float64": 1e-12}


def computed(
    do: TrainingEngine,
    step: Step,
    rows: Rows | None = None,
    *,
    steps: int = 1,
    training: bool = True,
) -> list[Array]:
    """What the last of some steps gives, and behind that the cells that every engine has."""
    given: list[Array | int] = []
    rows = rows or rows_of(blank())
    size = len(rows.order) // steps
    program = do.record(size, lambda: given.extend(step(do)), training=training)
    program.run(rows, 0, numbers_of(None, [0.0] * steps))
    found = [do.cells[X] if isinstance(X, int) else on_host(X) for X in given]
    return [np.array(X) for X in (*found, do.cells[:MEASURED])]


def close(found: Array, expected: Array, precision: str, digits: float | None = None) -> None:
    """In proportion to the largest number: others may be what is left of larger ones."""
    tolerance, nothing = digits or DIGITS[precision], 1e-30
    largest = np.abs(expected, where=np.isfinite(expected), out=np.zeros(expected.shape)).max()
    assert found.dtype == expected.dtype
    assert_allclose(found, expected, rtol=tolerance, atol=tolerance * largest + nothing)


def agree(
    device_of: DeviceOf,
    precision: str,
    step: Step,
    rows: Rows | None = None,
    *,
    steps: int = 1,
    training: bool = True,
) -> list[Array]:
    """Both engines give the same; this is what the graphics processor's gives."""
    expected, found = (
        computed(do, step, rows, steps=steps, training=training)
        for do in (CpuEngine(precision, threads=1), GpuEngine(device_of(precision)))
    )
    for ours, theirs in zip(found, expected, strict=True):
        close(ours, theirs, precision)
    return found


def like_formulas(
    device_of: DeviceOf,
    precision: str,
    step: Callable[..., Sequence[Array]],
    *arrays: Array,
    training: bool = True,
    digits: float | None = None,
) -> list[Array]:
    """A step of a graphics processor, with copies of these arrays, gives what `Eager` does; this is
    what it gives."""
    do = GpuEngine(device_of(precision))
    placed = [do.copy(X) for X in arrays]
    *found, _ = computed(do, lambda do: step(do, *placed), training=training)
    expected = step(Eager(training=training), *(X.astype(precision) for X in arrays))
    for ours, theirs in zip(found, expected, strict=True):
        close(ours, theirs, precision, digits)
    return found


def short_of_memory(device: Device) -> Device:
    """The same, on which no dataset fits."""
    device.free_bytes = lambda: 0  # type: ignore[method-assign]
    return device
