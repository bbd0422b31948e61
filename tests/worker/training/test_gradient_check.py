import tracemalloc
from functools import partial
from typing import Any

import numpy as np
import pytest

from tests.worker.training.test_fit import ID, pictures, plan_of
from tests.worker.training.watching import RecordingWatcher
from worker.data.dataset import Split
from worker.errors import GradientCheckFailed
from worker.nn.activations import ACTIVATIONS, Activation
from worker.nn.arrays import Array
from worker.nn.engines.cpu.engine import CpuEngine
from worker.nn.engines.layout import scratch_numbers
from worker.nn.normalization import Normalization
from worker.spec import JobSpec
from worker.training.fit import moments, train
from worker.training.gradient_check import GradientCheck, Proof
from worker.training.loop import Run
from worker.training.plan import Plan


def engine() -> CpuEngine:
    return CpuEngine("float64", threads=1)


def check_of(classes: int = 2, rows: int = 60, **fields: Any) -> GradientCheck:
    dataset = pictures(rows=rows, classes=classes)
    plan, split = plan_of(dataset, **fields), dataset.train
    return GradientCheck(plan, split, normalization(plan, split), engine)


def normalization(plan: Plan, rows: Split) -> Normalization:
    return plan.normalization(partial(moments, rows, 1), rows.x[0])


@pytest.mark.parametrize("activation", ACTIVATIONS)
@pytest.mark.parametrize("classes", [2, 3])
@pytest.mark.parametrize("hidden", [[], [8], [8, 6], [20, 7, 5]], ids=len)
@pytest.mark.parametrize("l2", [0.0, 0.1])
def test_the_gradients_are_right_to_seven_digits(
    activation: str, classes: int, hidden: list[int], l2: float
) -> None:
    network = {"hidden_units": hidden, "activation": activation}
    check = check_of(classes, network=network, regularization={"l2": l2})
    assert check.largest_error() < 1e-7


LARGE = {"initializer": "normal", "initializer_scale": 100.0}


@pytest.mark.parametrize("activation", ACTIVATIONS)
@pytest.mark.parametrize(
    ("hidden", "start", "normalization"),
    [
        ([1] * 10, {}, "standardize"),
        ([1] * 10, LARGE, "standardize"),
        ([3] * 16, {}, "standardize"),
        ([4], {}, "none"),
        ([8, 6], LARGE, "none"),
    ],
    ids=["narrow", "narrow-and-large", "deep", "raw", "raw-and-large"],
)
@np.errstate(all="ignore")
def test_gradients_that_vanish_or_explode_raise_no_false_alarm(
    activation: str, hidden: list[int], start: dict[str, Any], normalization: str
) -> None:
    network = {"hidden_units": hidden, "activation": activation, **start}
    check_of(network=network, normalization=normalization).largest_error()


@pytest.mark.parametrize(("rows", "classes"), [(7, 2), (60, 5)])
def test_logits_of_any_size_raise_no_false_alarm(rows: int, classes: int) -> None:
    network = {"hidden_units": [3, 2, 30, 1] * 3, "activation": "gelu", **LARGE}
    check_of(classes, rows, network=network).largest_error()


def test_a_step_across_a_kink_is_not_held_against_the_gradient() -> None:
    check = check_of(network={"hidden_units": [8], "activation": "relu"})
    first, bias = check.network.params[:2]
    # Each unit's kink now lies within a step of the first row.
    bias -= (check._inputs.reshape(16, -1) @ first + bias)[0] - 1e-9
    logits, tape = check.network.forward(check._inputs)
    check.gradients = check.sampled(tape.backward(check._loss.cost(logits, check._targets, 1)[1]))
    assert check.largest_error() < 1e-7


@pytest.mark.parametrize("slope_of", ["identity", "sigmoid"])
@pytest.mark.parametrize("hidden", [[8], [20, 7, 5]], ids=len)
def test_a_wrong_slope_is_found(
    slope_of: str, hidden: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    chain = CpuEngine.chain

    def wrong(do: CpuEngine, right: Activation, Z: Array, A: Array, dA: Array) -> Array:  # noqa: N803
        return chain(do, ACTIVATIONS[slope_of], Z, A, dA)

    monkeypatch.setattr(CpuEngine, "chain", wrong)
    with pytest.raises(GradientCheckFailed, match="fault of the service"):
        check_of(network={"hidden_units": hidden, "activation": "tanh"}).largest_error()


def test_gradients_that_are_no_numbers_are_found() -> None:
    check = check_of(network={"hidden_units": [8]})
    check.gradients[0].fill(np.nan)
    with pytest.raises(GradientCheckFailed, match="got nan"):
        check.largest_error()


@pytest.mark.parametrize("which", [0, 1, -1])
def test_a_wrong_gradient_is_found_in_any_layer(which: int) -> None:
    check = check_of(network={"hidden_units": [8], "activation": "tanh"})
    check.gradients[which] *= 1.01
    with pytest.raises(GradientCheckFailed):
        check.largest_error()


def test_a_forgotten_l2_is_found() -> None:
    check = check_of(regularization={"l2": 0.1})
    check._l2 = 0.0
    with pytest.raises(GradientCheckFailed):
        check.largest_error()


def test_the_network_is_put_back_as_it_was() -> None:
    check = check_of()
    before = [p.copy() for p in check.network.params]
    check.largest_error()
    assert all((p == was).all() for p, was in zip(check.network.params, before, strict=True))


def test_one_row_is_enough() -> None:
    dataset = pictures(rows=4)
    one = Split.whole(dataset.train.x[:1], dataset.train.y[:1])
    plan = plan_of(dataset)
    check = GradientCheck(plan, one, normalization(plan, dataset.train), engine)
    assert check.largest_error() < 1e-7


def test_the_check_has_the_weights_and_their_gradients_once() -> None:
    dataset = pictures()
    plan = plan_of(dataset, network={"hidden_units": [2_000, 300]})
    normal = normalization(plan, dataset.train)
    tracemalloc.start()
    GradientCheck(plan, dataset.train, normal, engine).largest_error()
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    # With what the products work in.
    assert peak < 2.6 * 8 * plan.network.parameters + 8 * scratch_numbers(2_000)


def test_the_proof_comes_once_after_the_first_step() -> None:
    heard = []

    class Watcher(RecordingWatcher):
        def after_step(self, run: Run) -> None:
            heard.append("step")

        def after_gradient_check(self, proof: Proof) -> None:
            heard.append("proof")

    spec = JobSpec(dataset=ID, epochs=3, batch_size="all")
    train(spec, pictures(), Watcher(), check_gradients=True)
    assert heard == ["step", "proof", "step", "step"]


def test_a_job_is_told_of_its_error_before_it_begins() -> None:
    watcher = RecordingWatcher()
    train(JobSpec(dataset=ID, epochs=1), pictures(), watcher, check_gradients=True)
    assert watcher.proof is not None
    assert watcher.proof.largest_error is not None
    assert 0 <= watcher.proof.largest_error < 1e-7
    assert 0 < watcher.proof.compared <= 30 * 4
    assert f"{watcher.proof.compared} derivatives" in watcher.proof.message
