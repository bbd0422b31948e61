"""An activation, a loss, two optimizers and a layer that are not ours: all that it takes to add
them.

To be imported before the engine, whose kernels are built from the tables as it is loaded.
"""

import numpy as np

from worker.nn.activations import ACTIVATIONS, Activation
from worker.nn.arrays import Array
from worker.nn.engine import EAGER, Engine
from worker.nn.engines.cpu.activations import KERNELS, Kernel, inlined
from worker.nn.engines.cpu.costs import COSTS
from worker.nn.engines.cpu.functions import real
from worker.nn.engines.cpu.tile import compiled, numbers_at
from worker.nn.engines.cpu.updates import UPDATES
from worker.nn.layers import Backward
from worker.nn.losses import LOSSES, SOFTMAX
from worker.nn.optimizers import OPTIMIZERS, Optimizer

# An activation: the formulas, and what kernels make of one number.

ACTIVATIONS["softsign"] = Activation(
    lambda Z: Z / (1 + abs(Z)), lambda Z, A: (1 - abs(A)) ** 2, steepest=1
)


@inlined
def softsign(z):  # type: ignore[no-untyped-def]
    return z / (1 + abs(z))


@inlined
def softsign_chain(da, z, a):  # type: ignore[no-untyped-def]
    return da * (1 - abs(a)) ** 2


KERNELS["softsign"] = Kernel(softsign, softsign_chain)

# A loss: half the squared distance of the logits from the targets.


def squared_cost(Z: Array, Y: Array, weights: Array | float = 1) -> tuple[Array, Array]:
    return (weights * (Z - Y) ** 2).sum() / (2 * len(Z)), weights * (Z - Y) / len(Z)


LOSSES["squared"] = SOFTMAX._replace(cost=squared_cost)


@compiled
def squared(like, z, z_step, dz, dz_step, m, k, labels, rows, weights, smoothing):  # type: ignore[no-untyped-def]
    cost, right = 0.0, 0
    for i in range(m):
        Z = numbers_at(like, z + i * z_step * like.itemsize, k)
        dZ = numbers_at(like, dz + i * dz_step * like.itemsize, k)
        y = labels[rows[i]]
        for j in range(k):
            away = Z[j] - (j == y)
            cost += weights[y] * away * away / 2
            dZ[j] = weights[y] * away / m
        right += Z.argmax() == y
    return cost / m, right


COSTS["squared"] = squared

# An optimizer that remembers nothing, and one that remembers two things.


class Signs(Optimizer):
    """p ← p − α sign(g)."""

    def move(self, numbers: tuple[float, ...], g: Array, p: Array, *moments: Array) -> None:
        p -= numbers[0] * np.sign(g)


@compiled
def signs(like, numbers, G, P, U, V):  # type: ignore[no-untyped-def]
    for j in range(P.size):
        P[j] -= numbers[0] * np.sign(G[j])


class TwoMeans(Optimizer):
    """u and v run after g, one slower than the other; p ← p − α(u + v)/2."""

    remembers = "uv"

    def move(self, numbers: tuple[float, ...], g: Array, p: Array, *moments: Array) -> None:
        u, v = moments
        u += 0.5 * (g - u)
        v += 0.1 * (g - v)
        p -= numbers[0] * (u + v) / 2


@compiled
def two_means(like, numbers, G, P, U, V):  # type: ignore[no-untyped-def]
    a = real(like, numbers[0])
    for j in range(P.size):
        U[j] += 0.5 * (G[j] - U[j])
        V[j] += 0.1 * (G[j] - V[j])
        P[j] -= a * (U[j] + V[j]) / 2


OPTIMIZERS |= {"signs": Signs, "two_means": TwoMeans}
UPDATES |= {"signs": signs, "two_means": two_means}

# A layer: no more than its own formulas.


class LowRank:
    """Z = X @ U @ V + b, fewer numbers than a dense layer of the same width."""

    def __init__(self, U: Array, V: Array, b: Array) -> None:
        self.params = [U, V, b]
        self.running: list[Array] = []

    def forward(self, X: Array, do: Engine = EAGER) -> tuple[Array, Backward]:
        U, V, b = self.params
        H = do.product(X, U)

        def gradients(dZ: Array) -> list[Array]:
            return [
                do.product(X.T, do.product(dZ, V.T)), do.product(H.T, dZ), do.add_rows(dZ)
            ]  # fmt: skip

        return do.affine(H, V, b), Backward(
            gradients, lambda dZ: do.product(do.product(dZ, V.T), U.T)
        )
