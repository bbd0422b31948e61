"""How long a job takes by counting, and what it writes."""

from typing import Any

import pytest

from tests.worker.training.test_fit import ID, pictures, plan_of
from tests.worker.training.watching import RecordingWatcher
from worker.spec import JobSpec
from worker.training.fit import train
from worker.training.sizes import Sizes
from worker.training.time_estimate import (
    FILES,
    Disk,
    checkpoint_bytes,
    dataset_bytes,
    derivatives,
    kept_bytes,
    proof_work,
    publishing,
    seconds,
    version_bytes,
    work,
)


def sizes(checked: bool = True, threads: int = 1, **fields: Any) -> Sizes:
    return Sizes(plan_of(pictures(), **fields), threads, checked)


NETWORK = {"hidden_units": [6, 4]}


def test_the_work_of_a_sample_is_that_of_its_layers() -> None:
    assert work(sizes(network=NETWORK)) == 48 * 6 + 6 * 4 + 4


def test_training_grows_with_its_epochs_and_shrinks_with_threads() -> None:
    once, twice = (seconds(sizes(epochs=epochs))["training"] for epochs in (10, 20))
    assert twice == pytest.approx(2 * once)
    wide: dict[str, Any] = {"network": {"hidden_units": [4_000, 4_000]}}
    assert seconds(sizes(threads=8, **wide))["training"] < seconds(sizes(**wide))["training"]
    on_gpu = seconds(sizes(**wide), on_gpu=True)["training"]
    assert on_gpu < seconds(sizes(**wide))["training"]


def test_gradients_that_are_not_checked_take_no_time() -> None:
    assert seconds(sizes(checked=False))["proving"] == 0
    assert seconds(sizes())["proving"] > 0


def test_folds_leave_metrics_and_answers() -> None:
    plain, folded = sizes(epochs=1_000), sizes(epochs=1_000, folds=5, repeats=2)
    metrics, all_metrics = (
        kept_bytes(job, exported=False) - version_bytes(job) for job in (plain, folded)
    )
    assert all_metrics == 11 * metrics
    assert version_bytes(folded) > version_bytes(plain)
    assert checkpoint_bytes(folded) > checkpoint_bytes(plain)


def test_files_are_written_as_fast_as_the_disk_is() -> None:
    job, fast = sizes(network=NETWORK), Disk(0.0, 0.0)
    slow = publishing(job, Disk(2.0, 3.0)) - publishing(job, fast)
    assert slow == pytest.approx(FILES * 2 + version_bytes(job) * 3)


@pytest.mark.parametrize(
    "fields",
    [
        {"optimizer": {"kind": "sgd", "learning_rate": 0.1}},
        {"optimizer": {"kind": "adam"}, "average_weights": 0.9},
        {"validation_fraction": 0.2, "early_stopping": {"patience": 9}, "precision": "float64"},
    ],
)
def test_a_checkpoint_has_as_many_bytes(fields: dict[str, Any]) -> None:
    asked = {"network": NETWORK, "epochs": 1, "batch_size": 60, **fields}
    watcher = RecordingWatcher(keep=lambda step: True)
    train(JobSpec.model_validate({"dataset": ID, **asked}), pictures(), watcher)
    [checkpoint] = watcher.checkpoints.values()
    kept = {name: each for name, each in checkpoint.tensors.items() if "alive" not in name}
    # Engines let rows of a matrix begin where it suits them; files have the numbers alone.
    assert sum(each.nbytes for each in kept.values()) == checkpoint_bytes(sizes(**asked))


def test_a_version_has_the_weights_twice_and_stays_with_its_exports() -> None:
    job = sizes(network={"hidden_units": [3_000]}, epochs=10)
    assert version_bytes(job) == pytest.approx(2 * 4 * 150_001, rel=0.03)
    assert kept_bytes(job, exported=True) > kept_bytes(job, exported=False) > version_bytes(job)
    assert dataset_bytes(job) == 80 * 48


def test_a_gradient_check_compares_as_many_derivatives() -> None:
    job = sizes(network=NETWORK)
    watcher = RecordingWatcher()
    spec = JobSpec.model_validate({"dataset": ID, "network": NETWORK, "epochs": 1})
    train(spec, pictures(), watcher, check_gradients=True)
    assert watcher.proof is not None
    # Where a unit bends, nothing can be compared.
    assert 0 <= derivatives(job.plan) - watcher.proof.compared <= 10
    first, second, last = 48 * 6, 6 * 4, 4
    whole = first + second + last
    assert proof_work(job.plan, of_first=True) == 4 * whole
    each = 2 * 30 * (whole + second + last + last)
    assert proof_work(job.plan) == 2 * whole + each
