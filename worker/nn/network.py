"""A network: a list of layers, ending in logits."""

from collections.abc import Iterable, Sequence

from worker.nn.activations import Activation
from worker.nn.backend import Array, Generator
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

    def slopes(self) -> list[Array]:
        """g' of each hidden layer's units on each row, (m, n_out)."""
        return [step.slope() for step in self._steps if step.slope is not None]


class Network:
    """Layers applied one after the other; the last one's output are the logits."""

    def __init__(self, layers: Sequence[Layer]) -> None:
        self.layers = list(layers)

    @property
    def params(self) -> list[Array]:
        """Every trainable array, from the first layer to the last; optimizers change them."""
        return [p for layer in self.layers for p in layer.params]

    def forward(self, X: Array, chance: Generator | None = None) -> tuple[Array, Tape]:
        """The logits, (m, k), of samples X, (m, …), and the way back.

        Args:
            chance: decides what dropout leaves out; without it, nothing is left out.
        """
        steps = []
        for layer in self.layers:
            X, step = layer.forward(X, chance)
            steps.append(step)
        return X, Tape(steps)

    def logits(self, X: Array) -> Array:
        """Z, (m, k), of samples X, (m, …)."""
        return self.forward(X)[0]


def dense_network(
    pairs: Iterable[tuple[Array, Array]], activation: Activation, dropout: float = 0
) -> Network:
    """A network from given weights and biases, with this activation between the layers.

    Args:
        pairs: (W, b) of each layer, (n_in, n_out) and (n_out,).
        dropout: share of each hidden layer's outputs that a training step leaves out.
    """
    layers: list[Layer] = []
    for W, b in pairs:
        if layers:
            layers.append(Activate(activation))
            layers += [Dropout(dropout)] if dropout else []
        layers.append(Dense(W, b))
    return Network(layers)
