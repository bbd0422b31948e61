"""What keeps weights and steps small. A weight has two dimensions or more; a bias is let be.

`add_l2` and `clip` are reference formulas: jobs are trained by an engine's kernels, which tests
hold against these.
"""

from collections.abc import Sequence
from math import isfinite, sqrt

from worker.nn.arrays import Array, array_module


def l2_cost(params: Sequence[Array], l2: float) -> float:
    """l2/2 times the sum of the squared weights: what is added to the cost."""
    return l2 / 2 * sum(norm(p) ** 2 for p in params if p.ndim > 1)


def add_l2(gradients: Sequence[Array], params: Sequence[Array], l2: float) -> None:
    """Add that cost's derivative, l2 · W, to the gradients, in place."""
    for g, p in zip(gradients, params, strict=True):
        if p.ndim > 1:
            g += l2 * p


def clip(gradients: Sequence[Array], most: float) -> float:
    """Scale all gradients down together, in place, to this norm, if theirs is larger. Returns the
    share of them that is left.

    Source: Pascanu, Mikolov and Bengio, On the difficulty of training recurrent neural networks,
    2013, algorithm 1.
    """
    found = sqrt(sum(norm(g) ** 2 for g in gradients))
    if not found > most:
        return 1.0
    for g in gradients:
        g *= most / found
    return most / found


def norm(X: Array) -> float:
    """The Euclidean norm of all numbers in X."""
    xp = array_module(X)
    found = float(xp.linalg.norm(X))
    # The squares of float32 end where its numbers are 2e19.
    return found if isfinite(found) else float(xp.linalg.norm(X.astype("float64")))
