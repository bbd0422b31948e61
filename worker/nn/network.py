"""A network: a list of layers, ending in logits."""

from collections.abc import Callable, Iterable, Sequence

from worker.nn.activations import Activation
from worker.nn.backend import Array
from worker.nn.layers import Activate, Backward, Dense, Layer


class Network:
    """Layers applied one after the other; the last one's output are the logits."""

    def __init__(self, layers: Sequence[Layer]) -> None:
        self.layers = list(layers)

    @property
    def params(self) -> list[Array]:
        """Every trainable array, from the first layer to the last; optimizers change them."""
        return [p for layer in self.layers for p in layer.params]

    def forward(self, X: Array) -> tuple[Array, Callable[[Array], list[Array]]]:
        """The logits of samples X, (m, …), and the way back.

        Returns:
            Z, (m, k), and a function from dZ, (m, k), to the gradients, in the order of `params`.
        """
        steps: list[Backward] = []
        for layer in self.layers:
            X, step = layer.forward(X)
            steps.append(step)

        def backward(dZ: Array) -> list[Array]:
            gradients = steps[-1].gradients(dZ)
            for later, step in zip(reversed(steps[1:]), reversed(steps[:-1]), strict=True):
                dZ = later.to_input(dZ)
                gradients = step.gradients(dZ) + gradients
            return gradients

        return X, backward

    def logits(self, X: Array) -> Array:
        """Z, (m, k), of samples X, (m, …)."""
        return self.forward(X)[0]


def dense_network(pairs: Iterable[tuple[Array, Array]], activation: Activation) -> Network:
    """A network from given weights and biases, with this activation between the layers.

    Args:
        pairs: (W, b) of each layer, (n_in, n_out) and (n_out,).
    """
    layers: list[Layer] = []
    for W, b in pairs:
        if layers:
            layers.append(Activate(activation))
        layers.append(Dense(W, b))
    return Network(layers)
