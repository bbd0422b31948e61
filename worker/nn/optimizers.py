"""Update rules. Letters as in the papers: t the step, m and v the moments, p a parameter.

Each takes the list of parameters once and changes them in place, a step at a time; the learning
rate comes with the step, because a schedule may change it.
"""

from collections.abc import Iterator, Sequence
from math import sqrt
from typing import Protocol

from worker.nn.backend import Array, aligned, array_module

BLOCK = 2**15  # numbers: so few that they, and what is computed from them, stay in the cache


class Optimizer(Protocol):
    """Moves parameters against their gradients."""

    def step(self, gradients: Sequence[Array], learning_rate: float) -> None:
        """Move the parameters one step, in place."""


class SGD:
    """p ← p − αg: gradient descent, stochastic or not, as the batch decides."""

    def __init__(self, params: Sequence[Array]) -> None:
        self.params = params

    def step(self, gradients: Sequence[Array], learning_rate: float) -> None:
        for g, p in blocks(gradients, self.params):
            p -= learning_rate * g


class Adam:
    """Steps of the learning rate's size, in the direction of the mean gradient.

    Attributes:
        t: steps taken.
        m, v: running means of the gradient and of its square, as the parameters.

    Source: Kingma and Ba, Adam: a method for stochastic optimization, 2015, algorithm 1.
    """

    def __init__(self, params: Sequence[Array], beta1: float, beta2: float, eps: float) -> None:
        self.params = params
        self.beta1, self.beta2, self.eps = beta1, beta2, eps
        self.t = 0
        self.m = [aligned(array_module(p).zeros_like(p)) for p in params]
        self.v = [aligned(array_module(p).zeros_like(p)) for p in params]

    def step(self, gradients: Sequence[Array], learning_rate: float) -> None:
        self.t += 1
        # The two corrections of the bias towards zero, taken out of the arrays.
        m_scale = 1 / (1 - self.beta1**self.t)
        v_scale = 1 / sqrt(1 - self.beta2**self.t)
        for g, p, m, v in blocks(gradients, self.params, self.m, self.v):
            m += (1 - self.beta1) * (g - m)
            v += (1 - self.beta2) * (g * g - v)
            p -= (learning_rate * m_scale) * m / (v_scale * v**0.5 + self.eps)


def blocks(gradients: Sequence[Array], *own: Sequence[Array]) -> Iterator[list[Array]]:
    """Each gradient and the optimizer's own arrays of its shape, block by block, as flat views.

    A rule is several passes over its arrays; in blocks, only the first goes to memory for them.
    """
    for g, *arrays in zip(gradients, *own, strict=True):
        order = "F" if arrays[0].flags.f_contiguous else "C"
        flat = [g.reshape(-1, order=order)]
        # A copy of these would be changed in their place, and nothing learned.
        flat += [array.reshape(-1, order=order, copy=False) for array in arrays]
        for start in range(0, g.size, BLOCK):
            yield [array[start : start + BLOCK] for array in flat]
