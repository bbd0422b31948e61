from collections.abc import Callable, Iterator, Sequence
from functools import partial
from typing import Any

import numpy as np
import pytest
from numpy.testing import assert_allclose

from tests.worker.nn.engines.computing import HOW
from tests.worker.nn.fixtures.recording import recorded
from worker.nn import optimizers
from worker.nn.arrays import Array
from worker.nn.engines.step_numbers import numbers_of
from worker.nn.optimizers import (
    OPTIMIZERS,
    SGD,
    Adam,
    Optimizer,
)

TORCH = recorded("torch_steps")

Rule = Callable[[Sequence[Array]], Optimizer]

RULES: dict[str, Rule] = {
    name: partial(rule, **({**HOW[name], "eps": 1} if "eps" in HOW[name] else HOW[name]))
    for name, rule in OPTIMIZERS.items()
}
every_rule = pytest.mark.parametrize("rule", RULES.values(), ids=RULES)


def case_name(case: dict[str, Any]) -> str:
    return "-".join(map(str, (case["rule"], case["learning_rate"], *case["arguments"].values())))


@pytest.mark.parametrize("case", TORCH["cases"], ids=case_name)
def test_every_step_is_pytorchs(case: dict[str, Any]) -> None:
    p = np.array(TORCH["start"])
    optimizer = getattr(optimizers, case["rule"])([p], **case["arguments"])
    for g, expected in zip(TORCH["gradients"], case["params"], strict=True):
        optimizer.step([np.array(g)], case["learning_rate"])
        assert_allclose(p, expected, rtol=0, atol=1e-12)


def sgd(gradients: Array, p: Array, a: float) -> Iterator[Array]:
    for g in gradients:
        p = p - a * g
        yield p


def momentum(gradients: Array, p: Array, a: float) -> Iterator[Array]:
    v = 0
    for g in gradients:
        v = 0.9 * v + (1 - 0.9) * g
        p = p - a * v
        yield p


def nesterov(gradients: Array, p: Array, a: float) -> Iterator[Array]:
    v = 0
    for g in gradients:
        v = 0.9 * v + g
        p = p - a * (g + 0.9 * v)
        yield p


def rmsprop(gradients: Array, p: Array, a: float) -> Iterator[Array]:
    s = 0
    for g in gradients:
        s = 0.75 * s + (1 - 0.75) * g**2
        p = p - a * g / (np.sqrt(s) + 1)
        yield p


def adam(gradients: Array, p: Array, a: float, weight_decay: float = 0) -> Iterator[Array]:
    m = v = 0
    for t, g in enumerate(gradients, 1):
        m = 0.9 * m + (1 - 0.9) * g
        v = 0.99 * v + (1 - 0.99) * g**2
        m_hat, v_hat = m / (1 - 0.9**t), v / (1 - 0.99**t)
        p = p - a * m_hat / (np.sqrt(v_hat) + 1) - a * weight_decay * p
        yield p


def adamw(gradients: Array, p: Array, a: float) -> Iterator[Array]:
    return adam(gradients, p, a, weight_decay=0.5)


@pytest.mark.parametrize("formula", [sgd, momentum, nesterov, rmsprop, adam, adamw])
def test_every_step_follows_the_formula(
    formula: Callable[[Array, Array, float], Iterator[Array]],
) -> None:
    gradients = np.random.default_rng(0).normal(size=(50, 4))
    p = np.ones(4)
    optimizer = RULES[formula.__name__]([p])
    for g, expected in zip(gradients, formula(gradients, p.copy(), 0.01), strict=True):
        optimizer.step([g], learning_rate=0.01)
        assert_allclose(p, expected, rtol=1e-12, atol=1e-14)


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("sgd", 1 - 0.1 * 2),
        ("momentum", 1 - 0.1 * 0.2),  # v = (1 − 0.9) · 2
        ("nesterov", 1 - 0.1 * 3.8),  # v = 2, and 2 + 0.9 · 2
        ("rmsprop", 1 - 0.1 * 2 / (1 + 1)),  # s = (1 − 0.75) · 4 = 1
        ("adam", 1 - 0.1 * 2 / (2 + 1)),  # m̂ = 2, v̂ = 4
        ("adamw", 1 - 0.1 * 0.5 - 0.1 * 2 / (2 + 1)),
    ],
)
def test_the_first_step_from_1_along_2_worked_by_hand(name: str, expected: float) -> None:
    p = np.ones(1)
    RULES[name]([p]).step([np.full(1, 2.0)], learning_rate=0.1)
    assert p[0] == pytest.approx(expected, rel=1e-14)


def test_the_first_adam_step_is_the_learning_rate_whatever_the_gradient() -> None:
    p = np.zeros(3)
    Adam([p], 0.9, 0.999, 1e-8).step([np.array([5.0, -0.2, 1e-3])], learning_rate=0.1)
    assert_allclose(p, [-0.1, 0.1, -0.1], rtol=1e-4)


@every_rule
@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_parameters_change_in_place_and_keep_their_dtype(rule: Rule, dtype: str) -> None:
    W, b = np.ones((3, 2), dtype), np.ones(2, dtype)
    optimizer = rule([W, b])
    optimizer.step([np.ones_like(W), np.ones_like(b)], learning_rate=0.5)
    assert (W < 1).all()
    assert (b < 1).all()
    kept = [array for group in optimizer.moments.values() for array in group]
    assert {array.dtype for array in (W, b, *kept)} == {np.dtype(dtype)}


@every_rule
def test_gradients_stay_as_they_are(rule: Rule) -> None:
    g = np.arange(6.0).reshape(2, 3)
    optimizer = rule([np.ones((2, 3))])
    for _ in range(2):
        optimizer.step([g], learning_rate=0.1)
    assert (g == np.arange(6.0).reshape(2, 3)).all()


@every_rule
def test_a_parameter_that_is_part_of_a_larger_array_changes_in_its_place(rule: Rule) -> None:
    space = np.ones((4, 8))
    rule([space[:, :5]]).step([np.ones((4, 5))], learning_rate=0.1)
    assert (space[:, :5] < 1).all()
    assert (space[:, 5:] == 1).all()


@every_rule
def test_moments_kept_as_copies_go_on_from_where_they_were(rule: Rule) -> None:
    g = np.random.default_rng(0).normal(size=(2, 3))
    moved, stayed = np.ones(3), np.ones(3)
    optimizers = [rule([moved]), rule([stayed])]
    for optimizer in optimizers:
        optimizer.step([g[0]], learning_rate=0.1)
    optimizers[0].to(np.copy)
    for optimizer in optimizers:
        optimizer.step([g[1]], learning_rate=0.1)
    assert (moved == stayed).all()


@every_rule
def test_the_numbers_of_many_steps_are_those_of_each(rule: Rule) -> None:
    rates, t = np.random.default_rng(0).random(50), np.arange(50) + 1.0
    together = np.broadcast_arrays(*rule([]).numbers(rates, t))
    each = [rule([]).numbers(float(rate), int(step)) for rate, step in zip(rates, t, strict=True)]
    assert_allclose(np.transpose(together), each, rtol=1e-14)


@every_rule
def test_the_numbers_of_a_step_do_not_depend_on_the_steps_it_is_taken_with(rule: Rule) -> None:
    rates = np.random.default_rng(0).random(50)
    optimizer, pieces = rule([]), []
    for count in (1, 2, 4, 8, 16, 19):
        begun = optimizer.t
        optimizer.t += count
        pieces.append(numbers_of(optimizer, rates[begun : optimizer.t].tolist()))
    assert (np.concatenate(pieces) == numbers_of(optimizer, rates.tolist())).all()


def test_each_parameter_needs_its_gradient() -> None:
    with pytest.raises(ValueError, match="argument"):
        SGD([np.ones(2), np.ones(2)]).step([np.ones(2)], learning_rate=0.1)


def test_what_is_common_to_all_has_no_rule() -> None:
    with pytest.raises(NotImplementedError):
        Optimizer([np.ones(2)]).step([np.ones(2)], learning_rate=0.1)
