"""A network: a list of layers, ending in logits."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from itertools import islice

from worker.nn.activations import Activation
from worker.nn.arrays import Array
from worker.nn.engine import EAGER, Engine
from worker.nn.layers import Activate, Backward, Bend, Dense, Dropout, Flatten, Layer


class Tape:
    """What a forward pass leaves for the way back.

    Attributes:
        errors: after `backward`, dJ/d(output) of each layer with parameters, first to last, those
            within residuals among them.
    """

    def __init__(self, steps: Sequence[Backward], first: int = 0) -> None:
        """
        Args:
            steps: the chain rule of each layer.
            first: the index of the first layer with parameters: no gradient is wanted before it.
        """
        self._steps, self._first = steps, first
        self._last: Array | None = None  # dJ/d(output) of the first layer with parameters
        self.errors: list[Array] = []

    def backward(self, dZ: Array) -> list[Array]:
        """From dJ/d(logits), (m, k), to all gradients, in the order of the network's `params`."""
        gradients: list[Array] = []
        for depth in reversed(range(self._first, len(self._steps))):
            step = self._steps[depth]
            if own := step.gradients(dZ):
                gradients = own + gradients
                self._last, self.errors = dZ, step.errors(dZ) + self.errors
            if depth > self._first:  # the product that is saved here is the largest of all
                dZ = step.to_input(dZ)
        return gradients

    def to_input(self, dZ: Array) -> Array:
        """After `backward` of dZ, dJ/d(input), (m, …): from where that had no need to go on."""
        dX = self._last if self._last is not None else dZ
        for step in reversed(self._steps[: self._first + 1]):
            dX = step.to_input(dX)
        return dX

    def bends(self) -> list[Bend]:
        """Each activation with Z and A = g(Z), (m, …), first to last."""
        return [bend for step in self._steps for bend in step.bends]

    def slopes(self) -> list[Array]:
        """Arrays in which a number jumps where a layer has a kink: g'(Z) of each activation, and
        where the largest numbers of each pooling are."""
        return [slope for step in self._steps for slope in step.slopes()]


class Network:
    """Layers applied one after the other; the last one's output are the logits.

    Attributes:
        do: the engine that is asked where none is named.
    """

    def __init__(self, layers: Sequence[Layer], do: Engine = EAGER) -> None:
        self.layers, self.do = list(layers), do

    @property
    def params(self) -> list[Array]:
        """Every trainable array, from the first layer to the last; optimizers change them."""
        return [p for layer in self.layers for p in layer.params]

    @params.setter
    def params(self, arrays: Iterable[Array]) -> None:
        rest = iter(arrays)
        for layer in self.layers:
            layer.params = list(islice(rest, len(layer.params)))

    @property
    def running(self) -> list[Array]:
        """Every array that training keeps beside them, from the first layer to the last."""
        return [kept for layer in self.layers for kept in layer.running]

    @running.setter
    def running(self, arrays: Iterable[Array]) -> None:
        rest = iter(arrays)
        for layer in self.layers:
            layer.running = list(islice(rest, len(layer.running)))

    @property
    def arrays(self) -> list[Array]:
        """All on which its answers depend: `params`, then `running`."""
        return self.params + self.running

    @property
    def memory(self) -> int:
        """Bytes that are kept of it."""
        return sum(array.nbytes for array in self.arrays)

    @contextmanager
    def holding(self, arrays: Iterable[Array]) -> Iterator[None]:
        """Has these in the place of its `arrays` for as long as the block lasts."""
        own = self.arrays
        try:
            self._hold(arrays)
            yield
        finally:
            self._hold(own)

    def _hold(self, arrays: Iterable[Array]) -> None:
        rest = iter(arrays)
        self.params = rest
        self.running = rest

    def to(self, copy: Callable[[Array], Array]) -> None:
        """Keep these arrays as copies made so."""
        for layer in self.layers:
            layer.params = [copy(p) for p in layer.params]
            layer.running = [copy(kept) for kept in layer.running]

    def forward(self, X: Array, do: Engine | None = None) -> tuple[Array, Tape]:
        """The logits, (m, k), of samples X, (m, …), and the way back."""
        steps, first = [], len(self.layers)
        for depth, layer in enumerate(self.layers):
            X, step = layer.forward(X, do or self.do)
            steps.append(step)
            if layer.params:
                first = min(first, depth)
        return X, Tape(steps, first)

    def logits(self, X: Array) -> Array:
        """Z, (m, k), of samples X, (m, …)."""
        for layer in self.layers:
            X = layer.forward(X, self.do)[0]  # the way back, and what it holds, is not kept
        return X

    def hidden_and_logits(self, X: Array) -> tuple[Array, Array]:
        """What comes to the last layer, A, (m, n), and Z, (m, k), of samples X, (m, …)."""
        *hidden, last = self.layers
        for layer in hidden:
            X = layer.forward(X, self.do)[0]
        return X, last.forward(X, self.do)[0]


def dense_network(
    pairs: Iterable[tuple[Array, Array]],
    activation: Activation,
    dropout: float = 0,
    do: Engine = EAGER,
) -> Network:
    """A network of dense layers with these weights and biases, for samples of any shape.

    Args:
        pairs: (W, b) of each layer, (n_in, n_out) and (n_out,).
        activation: between the layers.
        dropout: share of each hidden layer's outputs that a training step leaves out.
        do: the engine that is asked where none is named.
    """
    layers: list[Layer] = [Flatten()]
    for depth, (W, b) in enumerate(pairs):
        if depth:
            layers.append(Activate(activation))
            layers += [Dropout(dropout, index=depth - 1)] if dropout else []
        layers.append(Dense(W, b))
    return Network(layers, do)
