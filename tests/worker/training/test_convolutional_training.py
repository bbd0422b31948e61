"""A convolutional network with everything on is trained, resumed in the same bytes, and served."""

import numpy as np
import pytest
from numpy.testing import assert_allclose

from tests.worker.nn.engines.reference import ReferenceEngine
from tests.worker.training.convolutional import plan_of
from tests.worker.training.test_fit import ID, pictures
from tests.worker.training.test_resume import rows, same
from tests.worker.training.watching import RecordingWatcher
from worker.data.batches import Batches
from worker.nn.arrays import Array
from worker.spec import JobSpec
from worker.training import build
from worker.training.fit import Trained, normalization_of, train
from worker.training.gradient_check import GradientCheck
from worker.training.loop import Checkpoint
from worker.training.model import serving_network
from worker.training.plan import Plan
from worker.training.problem import Problem
from worker.training.step import Outcome, Steps

DATA = pictures(rows=48, classes=3)
SPEC = JobSpec.model_validate(
    {
        "dataset": ID,
        "optimizer": {"kind": "adamw", "learning_rate": 0.02},
        "regularization": {"l2": 0.001, "clip_norm": 1.0},
        "validation_fraction": 0.2,
        "early_stopping": {"patience": 4},
        "class_weights": "balanced",
        "batch_size": 6,
        "epochs": 6,
        "precision": "float64",
    }
)


def plan(head: str = "flatten", decay: float | None = 0.9) -> Plan:
    found = plan_of(SPEC, Problem.of_dataset(DATA), head)
    object.__setattr__(found, "average_weights", decay)
    return found


@pytest.fixture(params=["average", "flatten"])
def head(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    """The jobs of a test train a network with this head."""
    made = plan(request.param)
    monkeypatch.setattr(build, "plan", lambda spec, problem: made)
    return str(request.param)


def trained(
    watcher: RecordingWatcher, checkpoint: Checkpoint | None = None, *, check: bool = False
) -> Trained:
    return train(
        SPEC, DATA, watcher, checkpoint=checkpoint, check_gradients=check, engines=ReferenceEngine
    )


@pytest.mark.usefixtures("head")
def test_it_learns_and_proves_its_gradients() -> None:
    watcher = RecordingWatcher()
    found = trained(watcher, check=True)
    assert watcher.epochs[-1].loss < watcher.epochs[0].loss / 2
    assert found.result["test"]["accuracy"] > 0.8
    assert found.fold_difference < 1e-9
    assert watcher.proof is not None
    assert watcher.proof.compared > 50
    assert watcher.proof.largest_error is not None
    assert watcher.proof.largest_error < 1e-7


@pytest.mark.usefixtures("head", "one_by_one")
def test_a_run_cut_at_any_step_ends_in_the_same_bytes() -> None:
    whole = RecordingWatcher(keep=lambda step: True)
    ended = trained(whole)
    steps = len(whole.checkpoints) // len(whole.epochs)
    for step in (1, 3, steps, steps + 2, len(whole.checkpoints) - 1):
        rest = RecordingWatcher()
        assert same(trained(rest, whole.checkpoints[step]), ended), f"cut after step {step}"
        assert rows(whole.epochs)[step // steps :] == rows(rest.epochs), f"cut after step {step}"


def test_what_was_trained_answers_as_it_is_stored(head: str) -> None:
    found = trained(RecordingWatcher())
    x = DATA.splits["test"].x
    served = serving_network(found.tensors, plan(head).network)
    assert_allclose(served.logits(x[3:4].astype("float64")), served.logits(x * 1.0)[3:4], 1e-12)
    tail = ["W3", "b3"] if head == "flatten" else []


def steps_of(whole: Plan) -> tuple[Steps, Batches]:
    batches = Batches(whole.batches, DATA.train, whole.problem.classes)
    network, normal = whole.network.start("float64"), normalization_of(whole, DATA.train, 1)
    return Steps(whole, network, normal, batches, ReferenceEngine()), batches


def taken(whole: Plan, epochs: int) -> Steps:
    steps, batches = steps_of(whole)
    for epoch in range(epochs):
        before = Outcome(0.0, 0, 0)
        for step in range(batches.steps):
            before = steps.take(batches.epoch(epoch), step, [0.01], before)
    return steps


def test_averages_are_over_the_weights_and_the_running_statistics_of_all_steps() -> None:
    steps, batches = steps_of(plan(decay=0.4))
    expected = [array.copy() for array in steps.network.arrays]
    for step in range(batches.steps):
        steps.take(batches.epoch(0), step, [0.01], Outcome(0.0, 0, 0))
        share = 1 - min(0.4, (step + 2) / (step + 11))
        for kept, own in zip(expected, steps.network.arrays, strict=True):
            kept += share * (own - kept)
    for found, kept in zip(steps.averages, expected, strict=True):
        assert_allclose(found, kept, rtol=1e-12)


def test_the_averages_are_what_is_looked_at() -> None:
    steps, batches = steps_of(plan())
    apart = taken(plan(), 2)
    with apart.network.holding(apart.averages):
        answering: list[Array] = [array.copy() for array in apart.network.arrays]
    for own, array in zip(steps.network.arrays, answering, strict=True):
        own[...] = array
    steps.averages = []
    assert steps.look(batches) == apart.look(batches)
    assert apart.look(batches) != taken(plan(decay=None), 2).look(batches)


def test_only_kernels_and_dense_weights_are_held_back() -> None:
    held = [taken(plan(decay=None), 1)]
    free = plan(decay=None)
    object.__setattr__(free, "l2", 0.0)
    held.append(taken(free, 1))
    moved = [steps.network.params for steps in held]
    names = plan().network.names
    gradients = {name: np.abs(a - b).max() for name, a, b in zip(names, *moved, strict=True)}
    assert all(gradients[name] > 0 for name in names if name.startswith("W"))


def test_the_signs_of_each_layer_are_told() -> None:
    steps = taken(plan(), 1)
    found, norms = steps.vitals.layers(), steps.vitals.gradient_norms()
    weights = [layer["weight_norm"] is not None for layer in found]
    hidden = [layer["dead"] is not None for layer in found]
    # A convolution and its normalization, those of the residual and its shortcut, and the head.
    assert weights == [True, False, True, False, True, False, True, True, False, True]
    assert hidden == [False, True, False, True, False, False, True, False, True, False]
    assert len(norms) == len(found)
    assert all(norm > 0 for norm in norms)


def test_the_check_moves_nothing_of_the_job() -> None:
    whole = plan()
    check = GradientCheck(
        whole, DATA.train, normalization_of(whole, DATA.train, 1), ReferenceEngine
    )
    before = [p.copy() for p in check.network.params]
    check.largest_error()
    assert all((p == was).all() for p, was in zip(check.network.params, before, strict=True))
