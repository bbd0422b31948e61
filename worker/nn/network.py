"""A network: a list of layers, ending in logits."""

from collections.abc import Callable, Iterable, Sequence

from worker.nn.activations import Activation
from worker.nn.arrays import Array
from worker.nn.engine import EAGER, Engine
from worker.nn.layers import Activate, Backward, Dense, Dropout, Layer


class Tape:
    """What a forward pass leaves for the way back.

    Attributes:
        errors: after `backward`, dJ/dZ of each dense layer, (m, n_out), from the first to the last.
    """

    def __init__(self, steps: Sequence[Backward]) -> None:
        self._steps = steps
        self.errors: list[Array] = []

    def backward(self, dZ: Array) -> list[Array]:
        """From dJ/d(logits), (m, k), to all gradients, in the order of the network's `params`."""
        gradients: list[Array] = []
        for depth, step in reversed(list(enumerate(self._steps))):
            if own := step.gradients(dZ):
                gradients = own + gradients
                self.errors.insert(0, dZ)
            if depth:  # nobody wants dJ/d(input) of the first layer
                dZ = step.to_input(dZ)
        return gradients

    def bends(self) -> list[tuple[Activation, Array, Array]]:
        """Each hidden layer's activation with Z and A = g(Z), (m, n_out)."""
        return [step.bend for step in self._steps if step.bend is not None]

    def slopes(self) -> list[Array]:
        """g' of each hidden layer's units on each row, (m, n_out)."""
        return [activation.slope(Z, A) for activation, Z, A in self.bends()]


class Network:
    """Layers applied one after the other; the last one's output are the logits."""

    def __init__(self, layers: Sequence[Layer]) -> None:
        self.layers = list(layers)

    @property
    def params(self) -> list[Array]:
        """Every trainable array, from the first layer to the last; optimizers change them."""
        return [p for layer in self.layers for p in layer.params]

    def to(self, copy: Callable[[Array], Array]) -> None:
        """Keep the parameters as copies made so."""
        for layer in self.layers:
            layer.params = [copy(p) for p in layer.params]

    def forward(self, X: Array, do: Engine = EAGER) -> tuple[Array, Tape]:
        """The logits, (m, k), of samples X, (m, …), and the way back."""
        rows = X.reshape(len(X), -1) if X.ndim > 2 else X
        steps = []
        for layer in self.layers:
            rows, step = layer.forward(rows, do)
            steps.append(step)
        return rows, Tape(steps)

    def logits(self, X: Array) -> Array:
        """Z, (m, k), of samples X, (m, …)."""
        rows = X.reshape(len(X), -1) if X.ndim > 2 else X
        for layer in self.layers:
            rows = layer.forward(rows)[0]  # the way back, and what it holds, is not kept
        return rows


def dense_network(
    pairs: Iterable[tuple[Array, Array]], activation: Activation, dropout: float = 0
) -> Network:
    """A network from given weights and biases, with this activation between the layers.

    Args:
        pairs: (W, b) of each layer, (n_in, n_out) and (n_out,).
        dropout: share of each hidden layer's outputs that a training step leaves out.
    """
    layers: list[Layer] = []
    for depth, (W, b) in enumerate(pairs):
        if depth:
            layers.append(Activate(activation))
            layers += [Dropout(dropout, place=depth - 1)] if dropout else []
        layers.append(Dense(W, b))
    return Network(layers)
