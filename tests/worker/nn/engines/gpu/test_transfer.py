"""What steps on a graphics processor take of the data, and leave to chance, is what the processor
does; and nobody sees whether the data was there as a whole."""

from typing import Any

import numpy as np
import pytest
from numpy.testing import assert_allclose

from tests.worker.nn.engines.changing import EVERYTHING, changed, drawn
from tests.worker.nn.engines.comparing import DeviceOf, Given, agree, computed, short_of_memory
from tests.worker.nn.engines.computing import eps, every_precision, key, rows_of
from worker.nn.engines.base import TrainingEngine
from worker.nn.engines.batch import Rows
from worker.nn.engines.gpu.engine import GpuEngine
from worker.nn.normalization import Normalization, none

rng = np.random.default_rng(0)
PICTURE = (5, 7, 3)
SAMPLES = rng.integers(0, 256, (40, 5 * 7 * 3), dtype="uint8")
LABELS = rng.integers(0, 3, 40)
NORMAL = Normalization(rng.uniform(0, 255, PICTURE), rng.uniform(0, 0.01, PICTURE))


def epoch(number: int = 0, places: int = 60) -> Rows:
    """Rows with all that chance can decide."""
    chance = np.random.default_rng(number)
    changes = drawn(PICTURE, places, seed=number, **EVERYTHING)
    order, weights = chance.integers(0, 40, places), chance.uniform(0.5, 2, 3)
    keys = np.array([key(number), key(number + 1)], "uint64")
    return rows_of(SAMPLES, LABELS, order=order, changes=changes, keys=keys, weights=weights)


@every_precision
@pytest.mark.parametrize("changed", [False, True], ids=["as they are", "changed"])
@pytest.mark.parametrize("pictures", [False, True], ids=["rows", "pictures"])
@pytest.mark.parametrize("steps", [1, 4, 60])
def test_batches_of_an_epoch(
    device_of: DeviceOf, precision: str, changed: bool, pictures: bool, steps: int
) -> None:
    how, normal = {"pictures": pictures, "changed": changed}, NORMAL.astype(precision)
    agree(device_of, precision, lambda do: [do.batch(normal, **how)], epoch(), steps=steps)


@every_precision
@pytest.mark.parametrize("shape", [(1, 1, 1), (1, 6, 3), (6, 1, 1), (8, 8, 3), (3, 4, 5)])
@pytest.mark.parametrize("how", [{"flip": True, "shift": 3}, EVERYTHING], ids=["moved", "all"])
def test_changes_of_pictures_are_the_formulas(
    device_of: DeviceOf, precision: str, shape: tuple[int, ...], how: dict[str, Any]
) -> None:
    x = rng.integers(0, 256, (6, *shape), dtype="uint8")
    normal = none(np.zeros(shape)).astype(precision)
    rows = rows_of(x, changes=drawn(shape, 6, **how))
    found = agree(device_of, precision, lambda do: [do.batch(normal, changed=True)], rows)[0]
    pairs = zip(x, rows.changes, strict=True)
    expected = np.array([changed(*pair) for pair in pairs]).reshape(6, -1)
    assert_allclose(found, expected, 0, 2000 * eps(precision))


@every_precision
@pytest.mark.parametrize("rate", [0.0, 0.1, 0.5, 0.9])
@pytest.mark.parametrize("steps", [1, 4])
def test_dropout_leaves_out_the_same_units(
    device_of: DeviceOf, precision: str, rate: float, steps: int
) -> None:
    def step(do: TrainingEngine) -> Given:
        ones = do.copy(np.ones((60 // steps, 17)))
        return [do.drop(ones, rate, place) for place in (0, 1)]

    agree(device_of, precision, step, epoch(), steps=steps)


def test_an_answer_leaves_nothing_out(device_of: DeviceOf) -> None:
    X = np.ones((4, 9))
    do = GpuEngine(device_of("float64"))
    found, _ = computed(do, lambda do: [do.drop(do.copy(X), 0.5, 0)], training=False)
    assert (found == X).all()


@every_precision
def test_a_batch_of_all_rows_is_normalized_once_and_for_all(
    device_of: DeviceOf, precision: str
) -> None:
    rows, normal = rows_of(SAMPLES, LABELS), NORMAL.astype(precision)

    def step(do: TrainingEngine) -> Given:
        X = do.whole_batch(normal, rows)
        return [X, do.product(X.T, X)]

    agree(device_of, precision, step, rows)


@every_precision
@pytest.mark.parametrize("short", [False, True], ids=["at once", "in batches"])
def test_rows_of_floats_are_gathered_as_they_are(
    device_of: DeviceOf, precision: str, short: bool
) -> None:
    device = device_of(precision)
    do = GpuEngine(short_of_memory(device) if short else device)
    x = np.random.default_rng(0).normal(size=(40, 7)).astype("float32")
    rows = rows_of(x, order=np.arange(40)[::-1])
    found, _ = computed(do, lambda do: [do.batch(none(x[0]), floats=True)], rows)
    assert (found == x[::-1]).all()


def test_more_rows_of_the_same_memory_are_another_dataset(device_of: DeviceOf) -> None:
    do, normal = GpuEngine(device_of("float64")), Normalization(*np.eye(2, 105))
    for count in (7, 40):
        found, _ = computed(do, lambda do: [do.batch(normal)], rows_of(SAMPLES[:count]))
        assert (found == normal.apply(SAMPLES[:count])).all()


def test_programs_of_an_engine_work_in_the_same_places(device_of: DeviceOf) -> None:
    device, found = device_of("float64"), []
    do = GpuEngine(device)
    X = do.copy(np.ones((4, 9)))
    for _ in range(2):
        do.record(4, lambda: found.append(device.address(do.add_rows(X))))
    assert found[0] == found[1]
