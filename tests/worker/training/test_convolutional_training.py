"""A convolutional network with everything on is trained, resumed in the same bytes, and served."""

from functools import partial
from typing import Any

import pytest
from numpy.testing import assert_allclose

from tests.worker.nn.engines.reference import ReferenceEngine
from tests.worker.training.test_fit import ID, pictures
from tests.worker.training.test_resume import rows, same
from tests.worker.training.watching import RecordingWatcher
from worker.data.batches import Batches
from worker.jsontypes import Json
from worker.nn.arrays import Array
from worker.nn.engines.answering.network import answering_network
from worker.nn.engines.cpu.engine import CpuEngine
from worker.spec import JobSpec
from worker.training import build
from worker.training.devices import Engines
from worker.training.fit import Trained, normalization_of, train
from worker.training.loop import Checkpoint
from worker.training.model import serving_network
from worker.training.plan import Plan
from worker.training.problem import Problem
from worker.training.step import Outcome, Steps

DATA = pictures(rows=48, classes=3)
RELU: Json = {"kind": "activation", "activation": "relu"}
NORM: Json = {"kind": "batch_norm"}
HEADS: dict[str, list[Json]] = {
    "average": [{"kind": "global_average_pool"}],
    "flatten": [{"kind": "flatten"}, {"kind": "dense", "units": 6}, NORM, RELU],
}


def layers(head: str, padding: str = "same") -> list[Json]:
    """Every kind of layer but the last, which follows by itself."""
    inner = [
        {"kind": "convolution", "filters": 5, "stride": 2, "bias": False}, NORM, RELU,
        {"kind": "depthwise_convolution"}, NORM,
    ]  # fmt: skip
    return [
        {"kind": "convolution", "filters": 4, "bias": False, "padding": padding}, NORM, RELU,
        {"kind": "max_pool"},
        {"kind": "residual", "layers": inner}, RELU,
        {"kind": "average_pool", "stride": 1, "padding": "same"},
        *HEADS[head],
        {"kind": "dropout", "rate": 0.2},
    ]  # fmt: skip


def spec(head: str = "flatten", padding: str = "same", **fields: Any) -> JobSpec:
    return JobSpec.model_validate(
        {
            "dataset": ID,
            "network": {"kind": "layers", "layers": layers(head, padding)},
            "optimizer": {"kind": "adamw", "learning_rate": 0.02},
            "regularization": {"l2": 0.001, "clip_norm": 1.0},
            "validation_fraction": 0.2,
            "early_stopping": {"patience": 1000},
            "class_weights": "balanced",
            "average_weights": 0.9,
            "label_smoothing": 0.05,
            "augmentation": {"flip": True, "shift": 1, "zoom": 0.1, "contrast": 0.1, "cutout": 0.3},
            "schedule": {"kind": "one_cycle"},
            "batch_size": 6,
            "epochs": 6,
            "precision": "float64",
            **fields,
        }
    )


def trained(
    job: JobSpec,
    watcher: RecordingWatcher,
    checkpoint: Checkpoint | None = None,
    *,
    check: bool = False,
) -> Trained:
    return train(
        job, DATA, watcher, checkpoint=checkpoint, check_gradients=check, engines=ReferenceEngine
    )


def plan(head: str = "flatten", **fields: Any) -> Plan:
    return build.plan(spec(head, **fields), Problem.of_dataset(DATA))


@pytest.mark.parametrize("head", HEADS)
def test_it_learns_and_proves_its_gradients(head: str) -> None:
    watcher = RecordingWatcher()
    found = trained(spec(head, epochs=20), watcher, check=True)
    losses = [epoch.validation_loss or 0.0 for epoch in watcher.epochs]
    assert losses[-1] < losses[0] / 2
    assert found.result["test"]["accuracy"] > 0.8
    assert found.fold_difference < 1e-6  # it answers in float32
    assert watcher.proof is not None
    assert watcher.proof.compared > 50
    assert watcher.proof.largest_error is not None
    assert watcher.proof.largest_error < 1e-6  # with few rows, a variance bends the cost


@pytest.mark.usefixtures("one_by_one")
@pytest.mark.parametrize("head", HEADS)
def test_a_run_cut_at_any_step_ends_in_the_same_bytes(head: str) -> None:
    whole = RecordingWatcher(keep=lambda step: True)
    ended = trained(spec(head), whole)
    steps = len(whole.checkpoints) // len(whole.epochs)
    for step in (1, 3, steps, steps + 2, len(whole.checkpoints) - 1):
        rest = RecordingWatcher()
        again = trained(spec(head), rest, whole.checkpoints[step])
        assert same(again, ended), f"cut after step {step}"
        assert rows(whole.epochs)[step // steps :] == rows(rest.epochs), f"cut after step {step}"


BODY = {"W1", "b1", "W2.1", "b2.1", "W2.2", "b2.2", "W2.shortcut", "W3", "b3"}
HEAD = {"average": set[str](), "flatten": {"W4", "b4"}}
BESIDE = {"same": {"shift", "factor"}, "valid": set[str]()}


@pytest.mark.parametrize("padding", BESIDE)
@pytest.mark.parametrize("head", HEADS)
def test_a_model_has_the_tensors_of_the_layers_that_answer(head: str, padding: str) -> None:
    job = spec(head, padding, epochs=1)
    found = trained(job, RecordingWatcher())
    assert {*found.tensors} == BODY | HEAD[head] | BESIDE[padding]
    network = build.plan(job, Problem.of_dataset(DATA)).network
    x = DATA.splits["test"].x.astype("float64")
    by_one_thread = partial(answering_network, threads=1)
    logits = serving_network(found.tensors, network, by_one_thread).logits
    assert_allclose(logits(x[3:4]), logits(x)[3:4], rtol=1e-9)


PROCESSOR: Engines = partial(CpuEngine, threads=2)
ENGINES: tuple[Engines, Engines] = (PROCESSOR, ReferenceEngine)


@pytest.mark.parametrize("head", HEADS)
def test_the_processor_trains_it_as_the_formulas_do(head: str) -> None:
    kept = [layer for layer in layers(head) if layer["kind"] != "dropout"]
    job = spec(network={"kind": "layers", "layers": kept}, epochs=2)
    watchers = RecordingWatcher(), RecordingWatcher()
    ours, theirs = (
        train(job, DATA, watcher, check_gradients=True, engines=engines)
        for watcher, engines in zip(watchers, ENGINES, strict=True)
    )
    for name, found in ours.tensors.items():
        assert_allclose(found, theirs.tensors[name], rtol=1e-6, atol=1e-8)
    for found, expected in zip(*(watcher.epochs for watcher in watchers), strict=True):
        assert found.loss == pytest.approx(expected.loss, rel=1e-8)
        assert found.gradient_norms == pytest.approx(expected.gradient_norms, rel=1e-6)
        assert [layer["dead"] for layer in found.layers] == [
            layer["dead"] for layer in expected.layers
        ]
    assert watchers[0].proof is not None
    assert watchers[0].proof.largest_error is not None
    assert watchers[0].proof.largest_error < 1e-6


@pytest.mark.usefixtures("one_by_one")
@pytest.mark.parametrize("precision", ["float32", "float64"])
def test_what_the_processor_trains_is_resumed_in_the_same_bytes(precision: str) -> None:
    job, whole = spec(precision=precision, epochs=3), RecordingWatcher(keep=lambda step: True)
    ended = train(job, DATA, whole, engines=PROCESSOR)
    for step in (1, 9, len(whole.checkpoints) - 1):
        checkpoint = whole.checkpoints[step]
        again = train(job, DATA, RecordingWatcher(), checkpoint=checkpoint, engines=PROCESSOR)
        assert same(again, ended), f"cut after step {step}"


def steps_of(whole: Plan) -> tuple[Steps, Batches]:
    batches = Batches(whole.batches, DATA.train, whole.problem.classes)
    network, normal = whole.network.start("float64"), normalization_of(whole, DATA.train, 1)
    return Steps(whole, network, normal, batches, ReferenceEngine()), batches


def taken(whole: Plan, epochs: int) -> Steps:
    """The steps, after so many epochs of them."""
    steps, batches = steps_of(whole)
    for epoch in range(epochs):
        for step in range(batches.steps):
            steps.take(batches.epoch(epoch), step, [0.01], Outcome(0.0, 0, 0))
    return steps


def test_averages_are_over_the_weights_and_the_running_statistics_of_all_steps() -> None:
    steps, batches = steps_of(plan(average_weights=0.9))
    expected = [array.copy() for array in steps.network.arrays]
    for step in range(batches.steps):
        steps.take(batches.epoch(0), step, [0.01], Outcome(0.0, 0, 0))
        share = 1 - min(0.9, (step + 2) / (step + 11))
        for kept, own in zip(expected, steps.network.arrays, strict=True):
            kept += share * (own - kept)
    for found, kept in zip(steps.averages, expected, strict=True):
        assert_allclose(found, kept, rtol=1e-10, atol=1e-12)


def test_the_averages_are_what_is_looked_at() -> None:
    apart, (steps, batches) = taken(plan(), 2), steps_of(plan(average_weights=None))
    answering: list[Array] = [array.copy() for array in apart.averages]
    for own, array in zip(steps.network.arrays, answering, strict=True):
        own[...] = array
    assert steps.look(batches) == apart.look(batches)
    assert taken(plan(average_weights=None), 2).look(batches) != apart.look(batches)


def test_l2_holds_back_kernels_and_dense_weights_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    steps, batches = steps_of(plan())
    held: list[int] = []
    monkeypatch.setattr(ReferenceEngine, "add_scaled", lambda do, g, factor, p: held.append(id(p)))
    steps.take(batches.epoch(0), 0, [0.01], Outcome(0.0, 0, 0))
    names = dict(zip(map(id, steps.network.params), plan().network.names, strict=True))
    assert [names[own] for own in held] == [name for name in names.values() if name[0] == "W"]


def test_the_signs_of_each_layer_are_told() -> None:
    steps = taken(plan(), 1)
    norms, found = steps.vitals.gradient_norms(), steps.vitals.layers()
    weights = [layer["weight_norm"] is not None for layer in found]
    hidden = [layer["dead"] is not None for layer in found]
    # A convolution and its normalization, those of the residual, its shortcut, and the head.
    assert weights == [True, False, True, False, True, False, True, True, False, True]
    assert hidden == [False, True, False, True, False, False, True, False, True, False]
    assert [layer["update_ratio"] is not None for layer in found] == weights
    assert len(norms) == len(found)
    assert all(norm is not None and norm > 0 for norm in norms)


def test_units_are_channels() -> None:
    steps, batches = steps_of(plan())
    names = plan().network.names
    gamma, beta = (names.index(name) for name in ("gamma2", "beta2"))
    steps.network.params[gamma][0] = 0
    steps.network.params[beta][0] = -1
    for step in range(batches.steps):
        steps.take(batches.epoch(0), step, [0.0], Outcome(0.0, 0, 0))
    signs = steps.vitals.layers()[1]
    assert signs["dead"] == 0.25
    assert signs["saturated"] >= 0.25
