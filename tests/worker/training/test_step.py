from inspect import signature
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.testing import assert_allclose

from worker.data.batches import Batches
from worker.data.dataset import Split
from worker.nn.activations import ACTIVATIONS
from worker.nn.arrays import Array
from worker.nn.engines.batch import Rows
from worker.nn.engines.cpu import engine
from worker.nn.engines.cpu.engine import CpuEngine
from worker.nn.normalization import Normalization
from worker.nn.optimizers import OPTIMIZERS
from worker.nn.regularization import add_l2, clip
from worker.spec import JobSpec
from worker.training import build
from worker.training.plan import Plan
from worker.training.problem import Problem
from worker.training.step import Outcome, Steps

FEATURES, ROWS = 30, 50

# A large ε: where a gradient is nothing but rounding, its direction would be chance.
RULES: list[dict[str, Any]] = [
    {"kind": kind, **({"eps": 1e-3} if "eps" in signature(rule).parameters else {})}
    for kind, rule in OPTIMIZERS.items()
]


@st.composite
def specs(draw: st.DrawFn) -> JobSpec:
    hidden = st.lists(st.integers(1, 40), max_size=3)
    return JobSpec.model_validate(
        {
            "dataset": "ds_" + "0" * 32,
            "network": {
                "hidden_units": draw(hidden),
                "activation": draw(st.sampled_from([*ACTIVATIONS])),
            },
            "optimizer": draw(st.sampled_from(RULES)),
            "regularization": {
                "l2": draw(st.sampled_from([0.0, 0.1])),
                "clip_norm": draw(st.sampled_from([None, 0.05])),
            },
            "batch_size": draw(st.sampled_from(["all", 13, 16])),
            "seed": draw(st.integers(0, 2**32)),
            "precision": "float64",
        }
    )


class Epochs(Batches):
    """Batches whose classes count unevenly: else a network that has died gets logits of nothing but
    rounding, and is right by chance."""

    def epoch(self, epoch: int) -> Rows:
        rows = super().epoch(epoch)
        rows.weights = np.linspace(0.6, 1.7, len(rows.weights))
        return rows


def by_formulas(
    plan: Plan, batches: Batches, x: Array, normal: Normalization, epochs: int
) -> tuple[list[Array], list[Outcome]]:
    """Parameters after so many epochs, and what came of each, in plain NumPy."""
    network, loss, classes = plan.network.start("float64"), plan.loss, plan.problem.classes
    optimizer, outcomes = plan.optimizer(network.params), []
    for epoch in range(epochs):
        rows, total, right = batches.epoch(epoch), 0.0, 0
        for step in range(batches.steps):
            taken = rows.order[step * batches.size : (step + 1) * batches.size]
            labels = rows.labels[taken]
            logits, tape = network.forward(normal.apply(x[taken]))
            Y = loss.targets(labels, classes, logits)  # noqa: N806
            cost, errors = loss.cost(logits, Y, rows.weights[labels][:, None])
            gradients = tape.backward(errors)
            add_l2(gradients, network.params, plan.l2)
            if plan.clip_norm is not None:
                clip(gradients, plan.clip_norm)
            optimizer.step(gradients, 0.01)
            total += float(cost) * len(taken)
            right += int((loss.answers(logits) == labels).sum())
        outcomes.append(Outcome(total, right, 0))
    return network.params, outcomes


@settings(deadline=None)
@given(spec=specs(), classes=st.sampled_from([2, 4]), threads=st.integers(1, 3))
def test_epochs_of_any_network_are_those_of_the_formulas(
    spec: JobSpec, classes: int, threads: int
) -> None:
    chance = np.random.default_rng(spec.seed)
    x = chance.integers(0, 256, (ROWS, FEATURES), dtype="uint8")
    plan = build.plan(spec, Problem((FEATURES,), classes, {"train": ROWS}))
    batches = Epochs(plan.batches, Split.whole(x, chance.integers(0, classes, ROWS)), classes)
    normal = Normalization(x.mean(axis=0), 1 / x.std(axis=0))
    network, do = plan.network.start(plan.dtype), CpuEngine(plan.dtype, threads)
    steps = Steps(plan, network, normal, batches, do)
    outcomes = []
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(engine, "ALONE", -1)
        for epoch in range(3):
            rows, found = batches.epoch(epoch), Outcome(0.0, 0, 0)
            if batches.steps > 1:
                found = steps.take(rows, 0, [0.01] * (batches.steps - 1), found)
            # The last batch may be smaller, and is looked at.
            outcomes.append(steps.take(rows, batches.steps - 1, [0.01], found))
    expected, said = by_formulas(plan, batches, x, normal, epochs=3)
    for found_p, p in zip(steps.network.params, expected, strict=True):
        assert_allclose(found_p, p, rtol=0, atol=1e-10)
    assert [o[1:] for o in outcomes] == [o[1:] for o in said]
    assert_allclose([o.cost for o in outcomes], [o.cost for o in said], rtol=1e-10)
