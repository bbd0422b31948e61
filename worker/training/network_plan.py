"""A network before it is made: its layers with their shapes, and how its weights start."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from itertools import count
from math import prod

import numpy as np

from worker.jsontypes import Json
from worker.nn.arrays import Array
from worker.nn.initializers import Initializer, start_generator
from worker.nn.network import Network
from worker.nn.normalization import Normalization
from worker.training.layer_plan import (
    LayerPlan,
    Parts,
    TensorPlan,
    numbered,
    with_inner,
)
from worker.training.layer_plans import (
    ActivationPlan,
    BatchNormPlan,
    DensePlan,
    DropoutPlan,
    FlattenPlan,
    GlobalAveragePlan,
)
from worker.training.residual_plan import ResidualPlan
from worker.training.window_plans import (
    AveragePoolPlan,
    ConvolutionPlan,
    DepthwisePlan,
    MaxPoolPlan,
)

# By what a spec calls them.
LAYERS: dict[str, Callable[..., LayerPlan]] = {
    plan.kind: plan
    for plan in (
        ConvolutionPlan,
        DepthwisePlan,
        MaxPoolPlan,
        AveragePoolPlan,
        GlobalAveragePlan,
        BatchNormPlan,
        DensePlan,
        ActivationPlan,
        DropoutPlan,
        FlattenPlan,
        ResidualPlan,
    )
}


@dataclass(frozen=True)
class NetworkPlan:
    """Layers, and the weights from which they start.

    Attributes:
        layers: one after the other; what the last one returns are the logits, (k,).
        initializer: returns the deviation of a layer's starting weights.
        scale: of an initializer that has none of its own.
        seed: of what is drawn.
        frozen: how many of the first layers with parameters keep the weights that they start with.
        taken: the numbers of the layers that start with weights of another network.
        given: the arrays of that network, by their names, and its normalization.
    """

    layers: tuple[LayerPlan, ...]
    initializer: Initializer
    scale: float
    seed: int
    frozen: int = 0
    taken: frozenset[int] = frozenset()
    given: Mapping[str, Array] = field(default_factory=dict, compare=False, repr=False)

    @property
    def pictures(self) -> bool:
        """Whether the first layer takes pictures, (m, h, w, c); else it takes rows, (m, n)."""
        first = self.layers[0]
        return len(first.arrives) == 3 and not isinstance(first, FlattenPlan)

    @property
    def every_layer(self) -> list[LayerPlan]:
        """The layers, with those within residuals."""
        return [*with_inner(self.layers)]

    @property
    def tensors(self) -> dict[str, TensorPlan]:
        """Every trained array by its name, in the order of a network's `params`."""
        return {
            tensor.name(number): tensor
            for number, layer in numbered(self.layers)
            for tensor in layer.parameters
        }

    @property
    def learning_tensors(self) -> list[TensorPlan]:
        """The trained arrays of the layers that are not frozen."""
        return [
            tensor
            for number, layer in numbered(self.layers)
            for tensor in layer.parameters
            if number > self.frozen
        ]

    @property
    def running(self) -> dict[str, TensorPlan]:
        """What training keeps beside them by its name, in the order of a network's `running`."""
        return {
            tensor.name(number): tensor
            for number, layer in numbered(self.layers)
            for tensor in layer.running
        }

    @property
    def names(self) -> tuple[str, ...]:
        """Of the arrays in a network's `params`: W1, b1, …"""
        return tuple(self.tensors)

    @property
    def running_names(self) -> tuple[str, ...]:
        """Of the arrays in a network's `running`: mean2, variance2, …"""
        return tuple(self.running)

    @property
    def parameters(self) -> int:
        """How many numbers are trained; no array is made to count them."""
        return sum(layer.size for layer in self.layers)

    @property
    def dropouts(self) -> int:
        """How many layers leave numbers out, those within residuals too."""
        return sum(isinstance(layer, DropoutPlan) for layer in self.every_layer)

    @property
    def needs_two_rows(self) -> LayerPlan | None:
        """The first batch normalization that a row gives one number of each unit or channel: one
        row alone has no variance there. None without one, or where it is frozen."""
        learning = with_inner(self.layers[self.frozen_depth :])
        found = (layer for layer in learning if isinstance(layer, BatchNormPlan))
        return next((layer for layer in found if prod(layer.arrives[:-1]) == 1), None)

    @property
    def frozen_depth(self) -> int:
        """How many of `layers` answer in training as they do afterwards: those up to the last
        frozen one."""
        ends = [at for at, layer in enumerate(self.layers, 1) if layer.parameters]
        return ends[self.frozen - 1] if self.frozen else 0

    def start(self, dtype: str) -> Network:
        """A network with its starting weights: the same ones each time, rounded to this dtype."""
        rng = start_generator(self.initializer, self.seed)
        taken = {
            tensor.name(number)
            for number, layer in numbered(self.layers)
            for tensor in (*layer.parameters, *layer.running)
            if number in self.taken
        }

        def started(tensors: Mapping[str, TensorPlan]) -> Iterator[Array]:
            for name, tensor in tensors.items():
                # Drawn in any case, so that the others are what they are without the given ones.
                drawn = tensor.start(rng, self._deviation, dtype)
                yield np.array(self.given[name], dtype) if name in taken else drawn

        return self._network(started(self.tensors), started(self.running))

    @property
    def given_normalization(self) -> Normalization | None:
        """That of the other network, if the first layer with parameters starts with its weights."""
        if 1 not in self.taken or not self.given:
            return None
        return Normalization(*(np.array(self.given[part]) for part in Normalization._fields))

    def divided(self, network: Network) -> tuple[Network, Network]:
        """The frozen layers of a network of this plan, and those that learn."""
        return Network(network.layers[: self.frozen_depth]), Network(
            network.layers[self.frozen_depth :]
        )

    def network_of(self, tensors: Mapping[str, Array]) -> Network:
        """The network that has these arrays, by their names."""
        params = (tensors[name] for name in self.names)
        return self._network(params, (tensors[name] for name in self.running_names))

    def summary(self) -> list[Json]:
        """Of each layer: its kind, the number in the names of its arrays, the shape of a sample
        behind it, how many parameters it has, where they come from, and how often it multiplies by
        one for a sample."""
        numbers = {id(layer): number for number, layer in numbered(self.layers)}
        return [
            {
                "kind": layer.kind,
                "number": numbers.get(id(layer)),
                "shape": list(layer.returns),
                "parameters": layer.size,
                "weights": self._weights(numbers.get(id(layer))),
                "multiplications": layer.multiplications,
            }
            for layer in self.layers
        ]

    def _weights(self, number: int | None) -> str | None:
        """Where the parameters of the layer of this number come from; None without any."""
        if number is None:
            return None
        if number not in self.taken:
            return "drawn"
        return "frozen" if number <= self.frozen else "taken"

    def _deviation(self, n_in: int, n_out: int) -> float:
        return self.initializer(n_in, n_out, self.scale)

    def _network(self, params: Iterator[Array], running: Iterator[Array]) -> Network:
        parts = Parts(params, running, count())
        return Network([layer.layer(parts) for layer in self.layers])
