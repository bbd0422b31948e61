"""An activation, two optimizers and a layer that are not ours: all that it takes to add them.

Run as a program it trains a network of them by the engine, and holds that against the formulas.
"""

import numpy as np
from numpy.testing import assert_allclose

from worker.nn.activations import ACTIVATIONS, Activation
from worker.nn.arrays import Array
from worker.nn.engine import EAGER, Engine
from worker.nn.engines.cpu.activations import KERNELS, Kernel, inlined
from worker.nn.engines.cpu.functions import real
from worker.nn.engines.cpu.tile import compiled
from worker.nn.engines.cpu.updates import UPDATES
from worker.nn.layers import Backward
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


def main() -> None:
    # After the tables have them: kernels are built when the engine is loaded.
    from worker.nn.engines.base import numbers_of
    from worker.nn.engines.batch import Rows
    from worker.nn.engines.cpu.engine import CpuEngine
    from worker.nn.layers import Activate, Dense
    from worker.nn.losses import SOFTMAX
    from worker.nn.network import Network
    from worker.nn.normalization import none

    def network() -> Network:
        rng = np.random.default_rng(1)

        def draw(*shape: int) -> Array:
            return rng.normal(size=shape)

        low = LowRank(draw(6, 2), draw(2, 9), draw(9))
        return Network([low, Activate(ACTIVATIONS["softsign"]), Dense(draw(9, 3), draw(3))])

    rng = np.random.default_rng(2)
    x, labels = rng.integers(0, 9, (20, 6), dtype="uint8"), rng.integers(0, 3, 20)
    for name in ("signs", "two_means"):
        by_formulas, by_engine = network(), network()
        optimizer = OPTIMIZERS[name](by_formulas.params)
        for _ in range(5):
            logits, tape = by_formulas.forward(x.astype("float64"))
            _, dZ = SOFTMAX.cost(logits, SOFTMAX.targets(labels, 3, logits), 1)
            optimizer.step(tape.backward(dZ), 0.01)

        do = CpuEngine("float64", threads=2)
        by_engine.to(do.copy)
        again = OPTIMIZERS[name](by_engine.params)
        again.to(do.copy)

        def step() -> None:
            logits, tape = by_engine.forward(do.batch(none(np.zeros(6))), do)  # noqa: B023
            do.update(again, tape.backward(do.cost(logits)))  # noqa: B023

        program, again.t = do.record(20, step), 1
        for _ in range(5):
            program.run(Rows(x, labels, np.ones(3), np.arange(20)), 0, numbers_of(again, [0.01]))
        for ours, theirs in zip(by_engine.params, by_formulas.params, strict=True):
            assert_allclose(ours, theirs, rtol=1e-10, atol=1e-12)
        print(name)


if __name__ == "__main__":
    main()
