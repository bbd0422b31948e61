"""Update rules. Letters as in the papers: t the step, m, v and s the moments, p a parameter, g its
gradient, α the learning rate.

Each takes the list of parameters once and changes them in place, a step at a time; the learning
rate comes with the step, because a schedule may change it.

`step` and `move` are reference formulas: jobs are trained by an engine's kernels, which tests hold
against these.
"""

from collections.abc import Callable, Sequence
from typing import Any, ClassVar

from worker.nn.arrays import Array, zeros_like

Number = Any  # a float, or an array with one for each of several steps


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
        self.moments = {name: [zeros_like(p) for p in params] for name in self.remembers}

    def to(self, copy: Callable[[Array], Array]) -> None:
        """Replace each of the moments by what this makes of it."""
        for moments in self.moments.values():
            for i in range(len(moments)):  # one at a time: there need not be room for all twice
                moments[i] = copy(moments[i])

    def step(self, gradients: Sequence[Array], learning_rate: float) -> None:
        """Move the parameters one step, in place."""
        self.t += 1
        numbers = self.numbers(learning_rate, self.t)
        for arrays in zip(gradients, self.params, *self.moments.values(), strict=True):
            self.move(numbers, *arrays)

    def numbers(self, a: Number, t: Number) -> tuple[Number, ...]:
        """What a step of the rule is the same with for every parameter: its α first. With a and t
        of several steps, (steps,), those of all."""
        return (a,)

    def move(self, numbers: tuple[Number, ...], g: Array, p: Array, *moments: Array) -> None:
        """The rule itself: change p, and the moments in the order of `remembers`, in place."""
        raise NotImplementedError


class SGD(Optimizer):
    """p ← p − αg: gradient descent, stochastic or not, as the batch decides."""

    def move(self, numbers: tuple[Number, ...], g: Array, p: Array, *moments: Array) -> None:
        (a,) = numbers
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

    def numbers(self, a: Number, t: Number) -> tuple[Number, ...]:
        return a, 1 - self.beta

    def move(self, numbers: tuple[Number, ...], g: Array, p: Array, *moments: Array) -> None:
        (a, rest), (v,) = numbers, moments
        v += rest * (g - v)
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

    def numbers(self, a: Number, t: Number) -> tuple[Number, ...]:
        return a, self.beta

    def move(self, numbers: tuple[Number, ...], g: Array, p: Array, *moments: Array) -> None:
        (a, beta), (v,) = numbers, moments
        v *= beta
        v += g
        p -= a * (g + beta * v)


class RMSProp(Optimizer):
    """s ← βs + (1−β)g²; p ← p − αg / (√s + ε), from s = 0.

    Source: Tieleman and Hinton, Lecture 6.5 of Neural networks for machine learning, 2012.
    """

    remembers = "s"

    def __init__(self, params: Sequence[Array], beta: float, eps: float) -> None:
        super().__init__(params)
        self.beta, self.eps = beta, eps

    def numbers(self, a: Number, t: Number) -> tuple[Number, ...]:
        return a, 1 - self.beta, self.eps

    def move(self, numbers: tuple[Number, ...], g: Array, p: Array, *moments: Array) -> None:
        (a, rest, eps), (s,) = numbers, moments
        s += rest * (g * g - s)
        p -= a * g / (s**0.5 + eps)


class Adam(Optimizer):
    """Steps of the learning rate's size, in the direction of the mean gradient.

    Source: Kingma and Ba, Adam: a method for stochastic optimization, 2015, algorithm 1.
    """

    remembers = "mv"

    def __init__(self, params: Sequence[Array], beta1: float, beta2: float, eps: float) -> None:
        super().__init__(params)
        self.beta1, self.beta2, self.eps = beta1, beta2, eps

    def numbers(self, a: Number, t: Number) -> tuple[Number, ...]:
        # The corrections of the bias towards 0, as numbers: m̂ and v̂ need no arrays.
        m_scale, v_scale = 1 / (1 - self.beta1**t), (1 - self.beta2**t) ** -0.5
        return a * m_scale, 1 - self.beta1, 1 - self.beta2, v_scale, self.eps

    def move(self, numbers: tuple[Number, ...], g: Array, p: Array, *moments: Array) -> None:
        (a, m_rest, v_rest, v_scale, eps), (m, v) = numbers, moments
        m += m_rest * (g - m)
        v += v_rest * (g * g - v)
        p -= a * m / (v_scale * v**0.5 + eps)


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

    def numbers(self, a: Number, t: Number) -> tuple[Number, ...]:
        return *super().numbers(a, t), 1 - a * self.weight_decay

    def move(self, numbers: tuple[Number, ...], g: Array, p: Array, *moments: Array) -> None:
        *adam, decay = numbers
        p *= decay
        super().move(tuple(adam), g, p, *moments)


# By their names in a spec, whose fields beside the learning rate they take.
OPTIMIZERS: dict[str, Callable[..., Optimizer]] = {
    "sgd": SGD,
    "momentum": Momentum,
    "nesterov": Nesterov,
    "rmsprop": RMSProp,
    "adam": Adam,
    "adamw": AdamW,
}
