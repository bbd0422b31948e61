"""Update rules. Letters as in the papers: t the step, m, v and s the moments, p a parameter, g its
gradient, α the learning rate.

Each takes the list of parameters once and changes them in place, a step at a time; the learning
rate comes with the step, because a schedule may change it.
"""

from collections.abc import Iterator, Sequence
from math import sqrt
from typing import ClassVar

from worker.nn.backend import Array, aligned, array_module

BLOCK = 2**15  # numbers: so few that they, and what is computed from them, stay in the cache


class Optimizer:
    """Moves parameters against their gradients.

    Attributes:
        t: steps taken.
        moments: what is remembered from step to step, by name: arrays as the parameters.
    """

    remembers: ClassVar[str] = ""

    def __init__(self, params: Sequence[Array]) -> None:
        self.params = params
        self.t = 0
        self.moments = {
            name: [aligned(array_module(p).zeros_like(p)) for p in params]
            for name in self.remembers
        }

    def step(self, gradients: Sequence[Array], learning_rate: float) -> None:
        """Move the parameters one step, in place."""
        self.t += 1
        for arrays in blocks(gradients, self.params, *self.moments.values()):
            self.move(learning_rate, *arrays)

    def move(self, a: float, g: Array, p: Array, *moments: Array) -> None:
        """The rule itself: change p, and the moments in the order of `remembers`, in place."""
        raise NotImplementedError


class SGD(Optimizer):
    """p ← p − αg: gradient descent, stochastic or not, as the batch decides."""

    def move(self, a: float, g: Array, p: Array, *moments: Array) -> None:
        p -= a * g


class Momentum(Optimizer):
    """v ← βv + (1−β)g; p ← p − αv, from v = 0.

    Source: Polyak, Some methods of speeding up the convergence of iteration methods, 1964, with
    the mean in place of the sum, as the course has it.
    """

    remembers = "v"

    def __init__(self, params: Sequence[Array], beta: float) -> None:
        super().__init__(params)
        self.beta = beta

    def move(self, a: float, g: Array, p: Array, *moments: Array) -> None:
        (v,) = moments
        v += (1 - self.beta) * (g - v)
        p -= a * v


class Nesterov(Optimizer):
    """v ← βv + g; p ← p − α(g + βv), from v = 0.

    Source: Nesterov, A method for solving the convex programming problem with convergence rate
    O(1/k²), 1983, in the form of Bengio, Boulanger-Lewandowski and Pascanu, Advances in optimizing
    recurrent networks, 2013, equation 7, in which p is where the look ahead has been taken.
    """

    remembers = "v"

    def __init__(self, params: Sequence[Array], beta: float) -> None:
        super().__init__(params)
        self.beta = beta

    def move(self, a: float, g: Array, p: Array, *moments: Array) -> None:
        (v,) = moments
        v *= self.beta
        v += g
        p -= a * (g + self.beta * v)


class RMSProp(Optimizer):
    """s ← βs + (1−β)g²; p ← p − αg / (√s + ε), from s = 0.

    Source: Tieleman and Hinton, Lecture 6.5 of Neural networks for machine learning, 2012.
    """

    remembers = "s"

    def __init__(self, params: Sequence[Array], beta: float, eps: float) -> None:
        super().__init__(params)
        self.beta, self.eps = beta, eps

    def move(self, a: float, g: Array, p: Array, *moments: Array) -> None:
        (s,) = moments
        s += (1 - self.beta) * (g * g - s)
        p -= a * g / (s**0.5 + self.eps)


class Adam(Optimizer):
    """Steps of the learning rate's size, in the direction of the mean gradient.

    Source: Kingma and Ba, Adam: a method for stochastic optimization, 2015, algorithm 1.
    """

    remembers = "mv"

    def __init__(self, params: Sequence[Array], beta1: float, beta2: float, eps: float) -> None:
        super().__init__(params)
        self.beta1, self.beta2, self.eps = beta1, beta2, eps

    def move(self, a: float, g: Array, p: Array, *moments: Array) -> None:
        m, v = moments
        m += (1 - self.beta1) * (g - m)
        v += (1 - self.beta2) * (g * g - v)
        # The corrections of the bias towards 0, as numbers: m̂ and v̂ need no arrays.
        m_scale = 1 / (1 - self.beta1**self.t)
        v_scale = 1 / sqrt(1 - self.beta2**self.t)
        p -= (a * m_scale) * m / (v_scale * v**0.5 + self.eps)


class AdamW(Adam):
    """Adam, and p ← p − αλp beside it.

    Source: Loshchilov and Hutter, Decoupled weight decay regularization, 2019, algorithm 2, with
    α in place of the schedule's multiplier.
    """

    def __init__(
        self, params: Sequence[Array], beta1: float, beta2: float, eps: float, weight_decay: float
    ) -> None:
        super().__init__(params, beta1, beta2, eps)
        self.weight_decay = weight_decay

    def move(self, a: float, g: Array, p: Array, *moments: Array) -> None:
        p *= 1 - a * self.weight_decay
        super().move(a, g, p, *moments)


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
