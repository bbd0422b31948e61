from typing import Any

import numpy as np
import pytest
from numpy.testing import assert_array_equal

from tests.worker.training.test_fit import pictures, plan_of
from worker.nn.arrays import Array
from worker.nn.optimizers import OPTIMIZERS
from worker.nn.regularization import norm
from worker.training.lesson_update import FORMULAS, Update, updated

DATA = pictures()
W, B = np.array([[1.0, -2.0]]), np.array([0.5])
DW, DB = np.array([[3.0, 4.0]]), np.array([12.0])


def step(kind: str, rate: float = 0.1, **fields: Any) -> list[Update]:
    plan = plan_of(DATA, optimizer={"kind": kind, "learning_rate": rate}, **fields)
    return updated(plan, kind, ["W1", "b1"], [W, B], [DW, DB])


def test_every_optimizer_has_a_formula() -> None:
    assert FORMULAS.keys() == OPTIMIZERS.keys()


@pytest.mark.parametrize("kind", OPTIMIZERS)
def test_an_update_is_the_optimizers_and_changes_nothing_else(kind: str) -> None:
    before = [array.copy() for array in (W, B, DW, DB)]
    found = step(kind)
    moved = [W.copy(), B.copy()]
    plan_of(DATA, optimizer={"kind": kind}).optimizer(moved).step([DW, DB], 0.1)
    for update, expected, own in zip(found, moved, (W, B), strict=True):
        assert_array_equal(update.after, expected)
        assert (update.after != own).all()
    for array, kept in zip((W, B, DW, DB), before, strict=True):
        assert_array_equal(array, kept)


def by_formula(formula: str, p: Array, g: Array, about: Any) -> Array:
    """What a formula says, from moments at 0, done as it stands there."""
    a, b, e = 0.1, getattr(about, "beta", 0), getattr(about, "eps", 0)
    b1, b2, decay = (getattr(about, name, 0) for name in ("beta1", "beta2", "weight_decay"))
    v = s = m = np.zeros_like(p)
    for part in formula.split("; "):
        if part.startswith("v ←"):
            v = b * v + (g if "β v + dW1" in part else (1 - b) * g)
            v = (1 - b2) * g**2 if "β₂" in part else v
        elif part.startswith("s ←"):
            s = b * s + (1 - b) * g**2
        elif part.startswith("m ←"):
            m = b1 * m + (1 - b1) * g
    rules = {
        "W1 ← W1 − α dW1": lambda: p - a * g,
        "W1 ← W1 − α v": lambda: p - a * v,
        "W1 ← W1 − α (dW1 + β v)": lambda: p - a * (g + b * v),
        "W1 ← W1 − α dW1 / (√s + ε)": lambda: p - a * g / (s**0.5 + e),
        "W1 ← W1 − α m̂ / (√v̂ + ε)": lambda: p - a * (m / (1 - b1)) / ((v / (1 - b2)) ** 0.5 + e),
        "W1 ← (1 − α λ) W1 − α m̂ / (√v̂ + ε)": lambda: (
            (1 - a * decay) * p - a * (m / (1 - b1)) / ((v / (1 - b2)) ** 0.5 + e)
        ),
    }
    return np.asarray(rules[formula.split("; ")[-1]]())


@pytest.mark.parametrize("kind", OPTIMIZERS)
def test_a_formula_says_what_is_done(kind: str) -> None:
    about = plan_of(DATA, optimizer={"kind": kind}).optimizer([W.copy()])
    [update, _] = step(kind)
    np.testing.assert_allclose(by_formula(update.formula, W, DW, about), update.after, rtol=1e-12)


def test_l2_is_added_to_the_gradient_of_weights_alone() -> None:
    weights, bias = step("sgd", regularization={"l2": 0.5})
    assert weights.formula == "g = dW1 + 0.5 W1; W1 ← W1 − α g"
    assert bias.formula == "b1 ← b1 − α db1"
    assert_array_equal(weights.after, W - 0.1 * (DW + 0.5 * W))


def test_gradients_that_are_too_large_together_are_made_smaller() -> None:
    weights, bias = step("sgd", rate=1, regularization={"clip_norm": 6.5})
    assert norm(np.append(DW, DB)) == 13
    assert weights.formula == "g = 0.5 dW1; W1 ← W1 − α g"
    np.testing.assert_allclose(weights.after, W - DW / 2)
    np.testing.assert_allclose(bias.after, B - DB / 2)
    both, _ = step("sgd", regularization={"clip_norm": 6.5, "l2": 1e-9})
    assert both.formula == "g = 0.5 (dW1 + 1e-09 W1); W1 ← W1 − α g"
    assert step("sgd", regularization={"clip_norm": 13.5})[0].formula == "W1 ← W1 − α dW1"
