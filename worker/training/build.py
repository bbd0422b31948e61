"""Which word in a spec is which object in the core."""

from collections.abc import Callable
from itertools import pairwise
from typing import Any

import numpy as np

from worker.nn import normalization, schedules
from worker.nn.activations import ACTIVATIONS
from worker.nn.arrays import Array, Purpose, generator
from worker.nn.initializers import INITIALIZERS, draw
from worker.nn.losses import loss_for
from worker.nn.network import Network, dense_network
from worker.nn.normalization import Moments, Normalization
from worker.nn.optimizers import OPTIMIZERS, Optimizer
from worker.nn.schedules import Schedule
from worker.spec import (
    ConstantSpec,
    CosineSpec,
    ExponentialSpec,
    JobSpec,
    NetworkSpec,
    StepSpec,
)

Tensors = dict[str, Array]

SCHEDULES: dict[type, Callable[[Any, int], Schedule]] = {
    ConstantSpec: lambda spec, epochs: schedules.constant(),
    StepSpec: lambda spec, epochs: schedules.stepwise(spec.every, spec.gamma),
    ExponentialSpec: lambda spec, epochs: schedules.exponential(spec.gamma),
    CosineSpec: lambda spec, epochs: schedules.cosine(epochs, spec.final),
}

NORMALIZATIONS: dict[str, Callable[[Callable[[], Moments], Array], Normalization]] = {
    "standardize": lambda moments, row: normalization.standardize(moments()),
    "scale": lambda moments, row: normalization.scale(row),
    "none": lambda moments, row: normalization.none(row),
}


def widths(spec: NetworkSpec, features: int, classes: int) -> list[int]:
    """Numbers in a row before the first layer, then after each."""
    return [features, *spec.hidden_units, loss_for(classes).units(classes)]


def parameters(spec: NetworkSpec, features: int, classes: int) -> int:
    """How many weights and biases that makes, without making them."""
    return sum((n_in + 1) * n_out for n_in, n_out in pairwise(widths(spec, features, classes)))


def network(spec: JobSpec, features: int, classes: int) -> Network:
    """A network with its starting weights, which depend on the spec and its seed alone."""
    deviation, scale = INITIALIZERS[spec.network.initializer], spec.network.initializer_scale
    rng, pairs = generator(spec.seed, Purpose.START), []
    for n_in, n_out in pairwise(widths(spec.network, features, classes)):
        W = draw(rng, n_in, n_out, deviation(n_in, n_out, scale))  # noqa: N806
        pairs.append((W.astype(spec.dtype, copy=False), np.zeros(n_out, spec.dtype)))
    return dense_network(pairs, ACTIVATIONS[spec.network.activation], spec.network.dropout)


def network_of(tensors: Tensors, activation: str) -> Network:
    """The network that a model's tensors W1, b1, …, WL, bL stand for."""
    layers = range(1, len(tensors) // 2 + 1)
    pairs = [(tensors[f"W{layer}"], tensors[f"b{layer}"]) for layer in layers]
    return dense_network(pairs, ACTIVATIONS[activation])


def tensors_of(network: Network) -> Tensors:
    """The network's parameters under the names they have in a model's file."""
    names = (f"{letter}{1 + i}" for i in range(len(network.params) // 2) for letter in "Wb")
    return dict(zip(names, network.params, strict=True))


def optimizer(spec: JobSpec, params: list[Array]) -> Optimizer:
    """The optimizer with its memory at zero."""
    about = spec.optimizer.model_dump(exclude={"kind", "learning_rate"})
    return OPTIMIZERS[spec.optimizer.kind](params, **about)


def schedule(spec: JobSpec, steps: int) -> Schedule:
    """What the learning rate is multiplied by; `steps` is how many an epoch has."""
    made = SCHEDULES[type(spec.schedule)](spec.schedule, spec.epochs)
    warmup = spec.schedule.warmup_epochs
    return schedules.warmed_up(made, warmup, 1 / steps) if warmup else made


def normalizer(spec: JobSpec, moments: Callable[[], Moments], row: Array) -> Normalization:
    """The normalization, in float64, of training rows of these moments, which it asks for if it
    must; `row` is one of them."""
    return NORMALIZATIONS[spec.normalization](moments, row)
