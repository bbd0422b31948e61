"""The first step of an optimizer: each parameter before and after, and by which formula."""

from collections.abc import Sequence
from typing import NamedTuple

from worker.nn.arrays import Array
from worker.nn.regularization import add_l2, clip
from worker.training.plan import Plan

# Of p and g, from moments at 0; by the names in a spec.
FORMULAS = {
    "sgd": "{p} ← {p} − α {g}",
    "momentum": "v ← β v + (1 − β) {g}; {p} ← {p} − α v",
    "nesterov": "v ← β v + {g}; {p} ← {p} − α ({g} + β v)",
    "rmsprop": "s ← β s + (1 − β) {g}²; {p} ← {p} − α {g} / (√s + ε)",
    "adam": "m ← β₁ m + (1 − β₁) {g}; v ← β₂ v + (1 − β₂) {g}²; {p} ← {p} − α m̂ / (√v̂ + ε)",
    "adamw": "m ← β₁ m + (1 − β₁) {g}; v ← β₂ v + (1 − β₂) {g}²; "
    "{p} ← (1 − α λ) {p} − α m̂ / (√v̂ + ε)",
}


class Update(NamedTuple):
    """What a step makes of a parameter.

    Attributes:
        name: of the parameter.
        formula: of the step.
        before, after: the parameter, of the same shape.
    """

    name: str
    formula: str
    before: Array
    after: Array


def updated(
    plan: Plan, kind: str, names: Sequence[str], params: Sequence[Array], gradients: Sequence[Array]
) -> list[Update]:
    """What the first step of a plan makes of parameters, which stay as they are.

    Args:
        kind: of the optimizer, by its name in a spec.
        names: of the parameters, which those of other arrays may follow.
        gradients: of the cost alone.
    """
    moved, slopes = [p.copy() for p in params], [g.copy() for g in gradients]
    add_l2(slopes, params, plan.l2)
    share = 1.0 if plan.clip_norm is None else clip(slopes, plan.clip_norm)
    plan.optimizer(moved).step(slopes, plan.learning_rate)
    return [
        Update(name, formula(FORMULAS[kind], name, plan.l2 if p.ndim > 1 else 0, share), p, after)
        for name, p, after in zip(names, params, moved, strict=False)
    ]


def formula(rule: str, name: str, l2: float, share: float) -> str:
    """A rule for the parameter of this name and its gradient; or, behind what g is, for g.

    Args:
        l2: what is added to the gradient for each 1 of the parameter.
        share: of all gradients, that clipping leaves.
    """
    g = f"d{name} + {l2:g} {name}" if l2 else f"d{name}"
    if share != 1:
        g = f"{share:.3g} ({g})" if l2 else f"{share:.3g} {g}"
    if g == f"d{name}":
        return rule.format(p=name, g=g)
    return f"g = {g}; {rule.format(p=name, g='g')}"
