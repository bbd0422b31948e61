"""Whole jobs on a graphics processor come to what they come to on the processor."""

import math
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import pytest
from numpy.testing import assert_allclose

from tests.worker.nn.engines.comparing import DeviceOf, short_of_memory
from tests.worker.nn.engines.simulated.device import SimulatedDevice, descending
from tests.worker.nn.engines.simulated.kernels import SOURCE, compiled
from tests.worker.training.test_fit import ID, pictures
from tests.worker.training.test_resume import rows, same, spec_of
from tests.worker.training.test_tables import table
from tests.worker.training.watching import RecordingWatcher as Watcher
from worker.data.dataset import Dataset, Split
from worker.errors import Diverged, GradientCheckFailed
from worker.nn.activations import ACTIVATIONS
from worker.nn.engines.base import TrainingEngine
from worker.nn.engines.gpu.device import Device
from worker.nn.engines.gpu.engine import GpuEngine
from worker.nn.optimizers import OPTIMIZERS
from worker.spec import JobSpec
from worker.training import loop
from worker.training.fit import Trained, train

Engines = Callable[[str], TrainingEngine]


def engines_on(device_of: DeviceOf) -> Engines:
    return lambda dtype: GpuEngine(device_of(dtype))


def job(**fields: Any) -> JobSpec:
    base = {"dataset": ID, "epochs": 4, "batch_size": 16, "precision": "float64"}
    return JobSpec.model_validate({**base, **fields})


def done(
    spec: JobSpec, dataset: Dataset, engines: Engines | None = None
) -> tuple[Trained, Watcher]:
    """A job with its gradients checked, on the processor if nothing else is said."""
    watcher = Watcher()
    return train(spec, dataset, watcher, engines=engines, check_gradients=True), watcher


def numbers(told: Any) -> Iterator[float]:
    """All that stand in there, in order."""
    if isinstance(told, dict | list):
        for one in told.values() if isinstance(told, dict) else told:
            yield from numbers(one)
    elif told is not None:
        yield told


def alike(spec: JobSpec, dataset: Dataset, device_of: DeviceOf, digits: float) -> None:
    """Weights, metrics with their vital signs, and what the model is worth."""
    ours, our_watcher = done(spec, dataset, engines_on(device_of))
    theirs, their_watcher = done(spec, dataset)
    for name, tensor in theirs.tensors.items():
        assert_allclose(ours.tensors[name], tensor, digits, digits)
    pairs = (rows(our_watcher.epochs), rows(their_watcher.epochs)), (ours.result, theirs.result)
    for mine, other in pairs:
        assert_allclose([*numbers(mine)], [*numbers(other)], digits, digits)
    assert our_watcher.proof is not None
    assert our_watcher.proof.largest_error is not None
    assert our_watcher.proof.largest_error < 1e-7


JOBS: dict[str, dict[str, Any]] = {
    "a single step": {"batch_size": "all", "epochs": 1},
    "all rows in every step": {"batch_size": "all"},
    "all rows, moved, in every step": {"batch_size": "all", "augmentation": {"shift": 1}},
    "one row in every step": {"batch_size": 1, "epochs": 1},
    "no hidden layer": {"network": {"hidden_units": []}},
    "many layers": {"network": {"hidden_units": [9, 1, 33, 8], "activation": "tanh"}},
    "dropout": {"network": {"hidden_units": [20, 7], "dropout": 0.4}},
    "moved pictures": {"augmentation": {"flip": True, "shift": 2}},
    "changed pictures": {"augmentation": {"zoom": 0.2, "rotate": 9.0, "colour": 0.5}},
    "l2": {"regularization": {"l2": 0.3}},
    "clipping": {"regularization": {"clip_norm": 0.05}},
    "validation": {"validation_fraction": 0.3},
    "early stopping": {
        "validation_fraction": 0.3, "early_stopping": {"patience": 1}, "epochs": 40,
        "optimizer": {"kind": "adam", "learning_rate": 0.05},
    },
    "weights of classes": {"class_weights": "balanced"},
    "pixels as they are": {"normalization": "none", "optimizer": {"kind": "adam", "eps": 1e-3}},
    "a schedule": {"schedule": {"kind": "cosine", "warmup_epochs": 2}},
}  # fmt: skip


def uneven(classes: int) -> Dataset:
    """Classes with more and fewer rows, and a last batch that is smaller."""
    dataset = pictures(rows=80, classes=classes)
    kept = np.flatnonzero((dataset.train.y > 0) | (np.arange(80) % 3 == 0))
    x, y = dataset.train.x, dataset.train.y
    dataset.splits["train"] = Split(x, y[kept], kept)
    return dataset


@pytest.mark.parametrize("classes", [2, 3])
@pytest.mark.parametrize("fields", JOBS.values(), ids=JOBS)
def test_a_job_in_double_precision(
    device_of: DeviceOf, fields: dict[str, Any], classes: int
) -> None:
    alike(job(**fields), uneven(classes), device_of, 1e-8)


@pytest.mark.parametrize("fields", [{}, {"batch_size": "all"}, {"validation_fraction": 0.3}])
def test_a_job_on_a_table(device_of: DeviceOf, fields: dict[str, Any]) -> None:
    alike(job(**fields), table(), device_of, 1e-8)


@pytest.mark.parametrize("activation", ACTIVATIONS)
def test_a_step_in_single_precision(device_of: DeviceOf, activation: str) -> None:
    # A large ε: where a gradient is nothing but rounding, its direction would be chance.
    optimizer = {"kind": "adam", "eps": 1e-3}
    fields = {"batch_size": "all", "epochs": 1, "precision": "float32", "optimizer": optimizer}
    alike(job(network={"activation": activation}, **fields), uneven(3), device_of, 1e-5)


@pytest.mark.parametrize("kind", OPTIMIZERS)
def test_a_job_with_everything(device_of: DeviceOf, kind: str) -> None:
    spec = spec_of(kind).model_copy(update={"precision": "float64", "epochs": 6})
    alike(spec, pictures(rows=62), device_of, 1e-7)


def test_a_cost_that_runs_away_is_named_at_the_same_step(device_of: DeviceOf) -> None:
    # Weights grow by a factor of thousands in every step.
    explosion = {"regularization": {"l2": 9.0}, "optimizer": {"kind": "sgd", "learning_rate": 900}}
    spec, said = job(epochs=99, **explosion), []
    for engines in (engines_on(device_of), None):
        with pytest.raises(Diverged) as error:
            train(spec, pictures(), Watcher(), engines=engines)
        said.append(str(error.value))
    assert said[0] == said[1]


# Byte by byte.

PRECISIONS = pytest.mark.parametrize("precision", ["float32", "float64"])


def everything(precision: str) -> JobSpec:
    return spec_of("adam").model_copy(update={"precision": precision, "epochs": 8})


def left(engines: Engines, spec: JobSpec) -> tuple[Trained, Watcher]:
    watcher = Watcher(keep=lambda turn: turn in (1, 7, 34, 79))
    return train(spec, pictures(rows=62), watcher, engines=engines), watcher


@PRECISIONS
def test_data_that_does_not_fit_makes_no_difference(device_of: DeviceOf, precision: str) -> None:
    (trained, watcher), (again, other) = (
        left(engines_on(make), everything(precision))
        for make in (device_of, lambda dtype: short_of_memory(device_of(dtype)))
    )
    assert same(trained, again)
    assert rows(watcher.epochs) == rows(other.epochs)


@PRECISIONS
def test_how_many_steps_are_taken_at_once_makes_no_difference(
    device_of: DeviceOf, precision: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    found = []
    for at_once in (0.0, math.inf):
        monkeypatch.setattr(loop, "AT_ONCE_S", at_once)
        found.append(left(engines_on(device_of), everything(precision)))
    (trained, watcher), (again, other) = found
    assert same(trained, again)
    assert rows(watcher.epochs) == rows(other.epochs)


@pytest.mark.usefixtures("one_by_one")
@PRECISIONS
def test_a_run_taken_up_again_ends_in_the_same_bytes(device_of: DeviceOf, precision: str) -> None:
    engines, spec = engines_on(device_of), everything(precision)
    trained, watcher = left(engines, spec)
    assert len(watcher.checkpoints) == 4
    for step, checkpoint in watcher.checkpoints.items():
        rest = Watcher()
        again = train(spec, pictures(rows=62), rest, checkpoint=checkpoint, engines=engines)
        assert same(again, trained), f"cut after step {step}"
        assert rows(watcher.epochs)[step // 10 :] == rows(rest.epochs), f"cut after step {step}"


def test_a_run_may_be_taken_up_on_the_processor(device_of: DeviceOf) -> None:
    spec = everything("float64")
    trained, watcher = left(engines_on(device_of), spec)
    again = train(spec, pictures(rows=62), Watcher(), checkpoint=watcher.checkpoints[7])
    for name, tensor in trained.tensors.items():
        assert_allclose(again.tensors[name], tensor, 1e-6, 1e-6)


def test_the_order_in_which_threads_come_makes_no_difference() -> None:
    def backwards(dtype: str) -> Device:
        return SimulatedDevice(dtype, order=descending)

    (trained, _), (again, _) = (
        left(engines_on(make), everything("float32")) for make in (SimulatedDevice, backwards)
    )
    assert same(trained, again)


# Faults in a kernel, as the gradient check sees them.

FAULTS = {
    "a slope": ("{ return 1 - a * a; }", "{ return 1 - a; }"),
    "a sum": (
        "for (Int i = own.first; i < own.last; i += own.step)",
        "for (Int i = own.first; i < own.last - 1; i += own.step)",
    ),
    "a cost": ("(weight * (answer - target) / m)", "(weight * (answer - target))"),
    "a batch": ("- shift[j]) * factor[j];\n  }\n}", ") * factor[j];\n  }\n}"),
}


@pytest.mark.parametrize("fault", FAULTS.values(), ids=FAULTS)
def test_a_fault_of_a_kernel_ends_the_job(fault: tuple[str, str]) -> None:
    assert SOURCE.count(fault[0]) >= 1
    broken = SOURCE.replace(*fault)

    def faulty(dtype: str) -> Device:
        return SimulatedDevice(dtype, kernels=compiled(dtype, broken))

    spec = job(network={"hidden_units": [8, 6], "activation": "tanh"})
    with pytest.raises(GradientCheckFailed):
        done(spec, pictures(), engines_on(faulty))
