"""A network before it is made: its layers with their shapes, and how its weights start."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import count
from math import prod

from worker.jsontypes import Json
from worker.nn.arrays import Array, Purpose, generator
from worker.nn.initializers import Initializer
from worker.nn.network import Network
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
    """

    layers: tuple[LayerPlan, ...]
    initializer: Initializer
    scale: float
    seed: int

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
        row alone has no variance there. None without one."""
        found = (layer for layer in self.every_layer if isinstance(layer, BatchNormPlan))
        return next((layer for layer in found if prod(layer.arrives[:-1]) == 1), None)

    def start(self, dtype: str) -> Network:
        """A network with its starting weights: the same ones each time, rounded to this dtype."""
        rng = generator(self.seed, Purpose.START)

        def started(tensors: Iterable[TensorPlan]) -> Iterator[Array]:
            return (tensor.start(rng, self._deviation, dtype) for tensor in tensors)

        return self._network(started(self.tensors.values()), started(self.running.values()))

    def network_of(self, tensors: Mapping[str, Array]) -> Network:
        """The network that has these arrays, by their names."""
        params = (tensors[name] for name in self.names)
        return self._network(params, (tensors[name] for name in self.running_names))

    def summary(self) -> list[Json]:
        """Of each layer: its kind, the number in the names of its arrays, the shape of a sample
        behind it, how many parameters it has, and how often it multiplies by one for a sample."""
        numbers = {id(layer): number for number, layer in numbered(self.layers)}
        return [
            {
                "kind": layer.kind,
                "number": numbers.get(id(layer)),
                "shape": list(layer.returns),
                "parameters": layer.size,
                "multiplications": layer.multiplications,
            }
            for layer in self.layers
        ]

    def _deviation(self, n_in: int, n_out: int) -> float:
        return self.initializer(n_in, n_out, self.scale)

    def _network(self, params: Iterator[Array], running: Iterator[Array]) -> Network:
        parts = Parts(params, running, count())
        return Network([layer.layer(parts) for layer in self.layers])
