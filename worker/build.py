"""Which word in a spec is which object in the core."""

from collections.abc import Callable, Iterable
from itertools import pairwise

import numpy as np

from worker.nn.activations import ACTIVATIONS
from worker.nn.backend import Array, Purpose, generator
from worker.nn.initializers import INITIALIZERS
from worker.nn.losses import loss_for
from worker.nn.network import Network, dense_network
from worker.nn.normalization import Normalization, none, scale, standardize
from worker.nn.optimizers import SGD, Adam, Optimizer
from worker.spec import AdamSpec, JobSpec, NetworkSpec, SGDSpec

Tensors = dict[str, Array]


def widths(spec: NetworkSpec, features: int, classes: int) -> list[int]:
    """Numbers in a row before the first layer, then after each."""
    return [features, *spec.hidden_units, loss_for(classes).units(classes)]


def parameters(spec: NetworkSpec, features: int, classes: int) -> int:
    """How many weights and biases that makes, without making them."""
    return sum((n_in + 1) * n_out for n_in, n_out in pairwise(widths(spec, features, classes)))


def network(spec: JobSpec, features: int, classes: int) -> Network:
    """A network with its starting weights, which depend on the spec and its seed alone."""
    draw = INITIALIZERS[spec.network.initializer]
    rng = generator(spec.seed, Purpose.START)
    pairs = [
        (draw(rng, n_in, n_out).astype(spec.precision), np.zeros(n_out, spec.precision))
        for n_in, n_out in pairwise(widths(spec.network, features, classes))
    ]
    return dense_network(pairs, ACTIVATIONS[spec.network.activation])


def network_of(tensors: Tensors, activation: str) -> Network:
    """The network that a model's tensors W1, b1, …, WL, bL stand for."""
    layers = range(1, len(tensors) // 2 + 1)
    pairs = [(tensors[f"W{layer}"], tensors[f"b{layer}"]) for layer in layers]
    return dense_network(pairs, ACTIVATIONS[activation])


def tensors_of(network: Network) -> Tensors:
    """The network's parameters under the names they have in a model's file."""
    names = (f"{letter}{1 + i}" for i in range(len(network.params) // 2) for letter in "Wb")
    return dict(zip(names, network.params, strict=True))


OPTIMIZERS: dict[type, Callable[..., Optimizer]] = {
    SGDSpec: lambda params, spec: SGD(params),
    AdamSpec: lambda params, spec: Adam(params, spec.beta1, spec.beta2, spec.eps),
}


def optimizer(spec: JobSpec, params: list[Array]) -> Optimizer:
    """The optimizer with its memory at zero."""
    return OPTIMIZERS[type(spec.optimizer)](params, spec.optimizer)


NORMALIZATIONS: dict[str, Callable[[Iterable[Array], Array], Normalization]] = {
    "standardize": lambda blocks, row: standardize(blocks),
    "scale": lambda blocks, row: scale(row),
    "none": lambda blocks, row: none(row),
}


def normalization(spec: JobSpec, blocks: Iterable[Array], row: Array) -> Normalization:
    """The normalization, in float64, of these training rows; `row` is one of them."""
    return NORMALIZATIONS[spec.normalization](blocks, row)
