"""Residual: layers that learn what to add to their input."""

from collections.abc import Iterable, Iterator, Sequence

from worker.nn.arrays import Array
from worker.nn.engine import EAGER, Engine
from worker.nn.layers import Backward, Layer, once
from worker.nn.network import Network


class Residual:
    """Z = F(X) + X, F being layers one after the other; or F(X) + P(X), P being a projection, where
    F returns another shape: a convolution with kernels of 1 × 1, and with F's stride.

    Backwards, dZ goes both ways, and dX is the sum of what comes back.

    Attributes:
        inner: the layers.
        shortcut: the projection, or no layer.

    Source: He, Zhang, Ren and Sun, Deep residual learning for image recognition, 2015, equations 1
    and 2.
    """

    def __init__(self, layers: Sequence[Layer], projection: Layer | None = None) -> None:
        self.inner = Network(layers)
        self.shortcut = Network([] if projection is None else [projection])

    @property
    def layers(self) -> list[Layer]:
        """Its layers, then its projection if it has one."""
        return self.inner.layers + self.shortcut.layers

    @property
    def params(self) -> list[Array]:
        """Those of the layers, then those of the projection."""
        return self.inner.params + self.shortcut.params

    @params.setter
    def params(self, arrays: Iterable[Array]) -> None:
        rest = iter(arrays)
        self.inner.params = rest
        self.shortcut.params = rest

    @property
    def running(self) -> list[Array]:
        """In the same order."""
        return self.inner.running + self.shortcut.running

    @running.setter
    def running(self, arrays: Iterable[Array]) -> None:
        rest = iter(arrays)
        self.inner.running = rest
        self.shortcut.running = rest

    def forward(self, X: Array, do: Engine = EAGER) -> tuple[Array, Backward]:
        """Z, of the shape in which F and its shortcut return samples X, (m, …).

        Raises:
            ValueError: they return different shapes.
        """
        # X by another name: an engine may put what an activation makes of X in its place, where
        # nobody else has it.
        (Z, tape), (S, past) = self.inner.forward(X[:], do), self.shortcut.forward(X, do)
        if Z.shape != S.shape:
            raise ValueError(
                f"Expected the layers of a residual to return {S.shape}, as its shortcut does, got "
                f"{Z.shape}. Give it a projection to that shape, or layers that keep theirs."
            )

        @once
        def gradients(dZ: Array) -> list[Array]:
            return tape.backward(dZ) + past.backward(dZ)

        def to_input(dZ: Array) -> Array:
            gradients(dZ)  # or the tapes have not been there
            return do.add(tape.to_input(dZ), past.to_input(dZ))

        return do.add(Z, S), Backward(
            gradients,
            to_input,
            errors=lambda dZ: tape.errors + past.errors,
            bends=(*tape.bends(), *past.bends()),
            slopes=lambda: tape.slopes() + past.slopes(),
        )


def simple_layers(layers: Iterable[Layer]) -> Iterator[Layer]:
    """Every layer that is not made of others, in the order of their parameters."""
    for layer in layers:
        if isinstance(layer, Residual):
            yield from simple_layers(layer.layers)
        else:
            yield layer
