"""A run that was cut anywhere and taken up again ends as if nothing had happened."""

import math
from dataclasses import asdict
from typing import Any

import numpy as np
import pytest

from tests.worker.training.test_fit import ID, pictures
from tests.worker.training.watching import RecordingWatcher
from worker.data.batches import Batches
from worker.nn.optimizers import OPTIMIZERS
from worker.spec import JobSpec
from worker.training import build
from worker.training import loop as run
from worker.training.fit import Trained, train
from worker.training.loop import Epoch, Run
from worker.training.problem import Problem

STEPS, EPOCHS = 200, 20  # ten steps an epoch
# Each step of the first epoch and of the last, and each place in an epoch in between.
CUTS = (*range(1, 11), *range(21, 191, 13), *range(191, 201))


def spec_of(kind: str) -> JobSpec:
    return JobSpec.model_validate(
        {
            "dataset": ID,
            "network": {"hidden_units": [6, 4], "dropout": 0.3, "activation": "tanh"},
            "optimizer": {"kind": kind, "learning_rate": 0.01},
            "schedule": {"kind": "cosine", "warmup_epochs": 2},
            "regularization": {"l2": 0.001, "clip_norm": 1.0},
            "augmentation": {
                "flip": True,
                "shift": 1,
                "zoom": 0.2,
                "rotate": 20.0,
                "brightness": 0.1,
                "contrast": 0.2,
                "colour": 0.3,
                "cutout": 0.3,
            },
            "validation_fraction": 0.2,
            "early_stopping": {"patience": 1000},
            "class_weights": "balanced",
            "batch_size": 5,
            "epochs": EPOCHS,
        }
    )


def rows(epochs: list[Epoch]) -> list[dict[str, Any]]:
    """The metrics, without what a clock says."""
    return [{k: v for k, v in asdict(epoch).items() if k != "seconds"} for epoch in epochs]


def same(a: Trained, b: Trained) -> bool:
    equal = all(a.tensors[n].tobytes() == b.tensors[n].tobytes() for n in a.tensors)
    return equal and a.result == b.result


@pytest.mark.usefixtures("one_by_one")
@pytest.mark.parametrize("kind", OPTIMIZERS)
def test_a_run_cut_at_any_step_ends_in_the_same_bytes(kind: str) -> None:
    dataset, spec = pictures(rows=62), spec_of(kind)
    whole = RecordingWatcher(keep=lambda step: True)
    trained = train(spec, dataset, whole)
    assert len(whole.checkpoints) == STEPS
    for step in CUTS:
        rest = RecordingWatcher()
        again = train(spec, dataset, rest, checkpoint=whole.checkpoints[step])
        assert same(again, trained), f"cut after step {step}"
        assert rows(whole.epochs)[step // 10 :] == rows(rest.epochs), f"cut after step {step}"


@pytest.mark.parametrize("kind", OPTIMIZERS)
@pytest.mark.parametrize("precision", ["float32", "float64"])
def test_many_steps_at_once_do_what_they_do_one_by_one(
    kind: str, precision: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    dataset, spec = pictures(rows=62), spec_of(kind).model_copy(update={"precision": precision})
    many, single = (
        RecordingWatcher(keep=lambda turn: True),
        RecordingWatcher(keep=lambda turn: True),
    )
    monkeypatch.setattr(run, "AT_ONCE_S", math.inf)
    together = train(spec, dataset, many)
    monkeypatch.setattr(run, "AT_ONCE_S", 0.0)
    apart = train(spec, dataset, single)
    assert len(single.checkpoints) == STEPS
    # 1, 2, 4, 2 and the last; from then on nine and the last.
    assert len(many.checkpoints) == 5 + 2 * (EPOCHS - 1)
    assert same(together, apart)
    assert rows(many.epochs) == rows(single.epochs)


def test_a_checkpoint_takes_no_memory_beside_its_run() -> None:
    found = []

    class Watcher(RecordingWatcher):
        def after_step(self, run: Run) -> None:
            found.append([run.checkpoint().tensors for _ in range(2)])

    train(spec_of("adam"), pictures(rows=62), Watcher())
    first, second = found[0]
    assert all(np.shares_memory(first[name], second[name]) for name in first)


def test_dropout_changes_neither_the_start_nor_the_rows() -> None:
    dataset, seen = pictures(rows=62), []
    for dropout in (0.0, 0.5):
        spec = spec_of("sgd")
        network = spec.network.model_copy(update={"dropout": dropout})
        spec = spec.model_copy(update={"network": network})
        plan = build.plan(spec, Problem.of_dataset(dataset))
        epoch = Batches(plan.batches, dataset.train, 2).epoch(3)
        arrays = (*plan.network.start("float32").params, epoch.order, epoch.changes)
        seen.append([array.tobytes() for array in arrays])
    assert seen[0] == seen[1]
