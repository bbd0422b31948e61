"""From a network's spec to its layers: which word is which layer, and the shape at each."""

from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

from worker.errors import InvalidParameter
from worker.nn.initializers import INITIALIZERS
from worker.nn.losses import loss_for
from worker.spec import (
    ConvolutionalSpec,
    DenseSpec,
    LayerSpec,
    LayersSpec,
    NetworkSpec,
    ResidualSpec,
)
from worker.training.layer_plan import MakePlan, in_a_row, said
from worker.training.network_plan import LAYERS, NetworkPlan
from worker.training.problem import Problem

NETWORK = "/network"
HALF = {"kernel": 2, "stride": 2, "padding": "valid"}  # of a block's pool


def network(spec: NetworkSpec, problem: Problem, seed: int) -> NetworkPlan:
    """The network that a spec describes, for the samples and classes of this problem.

    Raises:
        InvalidParameter: a layer can do nothing with the shape that arrives there.
    """
    units = loss_for(problem.classes).units(problem.classes)
    hidden = in_a_row(problem.shape, NETWORKS[type(spec)](spec))
    arrives = hidden[-1].returns
    if len(arrives) != 1:
        raise InvalidParameter(
            f"Expected layers that return rows, for the logits, got {said(arrives)}. End them with "
            "global_average_pool or flatten.",
            f"{NETWORK}/layers",
        )
    return NetworkPlan(
        layers=(*hidden, planned("dense", NETWORK, units=units)(arrives)),
        initializer=INITIALIZERS[spec.initializer],
        scale=spec.initializer_scale,
        seed=seed,
    )


def planned(kind: str, pointer: str, **fields: Any) -> MakePlan:
    """What plans a layer of this kind, which the spec asks for at this place."""
    return partial(LAYERS[kind], pointer=pointer, **fields)


def dense(spec: DenseSpec) -> Iterator[MakePlan]:
    """The layers before the last, from samples of any shape on."""
    yield planned("flatten", NETWORK)
    for depth, units in enumerate(spec.hidden_units):
        pointer = f"{NETWORK}/hidden_units/{depth}"
        yield planned("dense", pointer, units=units)
        yield planned("activation", pointer, activation=spec.activation)
        yield from dropout(spec.dropout)


def convolutional(spec: ConvolutionalSpec) -> Iterator[MakePlan]:
    """The layers before the last, from pictures on."""
    for depth, block in enumerate(spec.blocks):
        pointer = f"{NETWORK}/blocks/{depth}"
        for _ in range(block.convolutions):
            yield from convolution(spec, block.filters, pointer)
        if block.pool:
            yield planned(f"{block.pool}_pool", f"{pointer}/pool", **HALF)
    yield planned("global_average_pool" if spec.head == "average" else "flatten", f"{NETWORK}/head")
    for depth, units in enumerate(spec.hidden_units):
        pointer = f"{NETWORK}/hidden_units/{depth}"
        yield from dropout(spec.dropout)
        yield planned("dense", pointer, units=units)
        yield planned("activation", pointer, activation=spec.activation)
    yield from dropout(spec.dropout)


def convolution(spec: ConvolutionalSpec, filters: int, pointer: str) -> Iterator[MakePlan]:
    # What a bias adds, a batch normalization takes away again.
    fields = {"kernel": spec.kernel, "filters": filters, "bias": not spec.batch_norm}
    yield planned("convolution", pointer, **fields)
    if spec.batch_norm:
        yield planned("batch_norm", pointer)
    yield planned("activation", pointer, activation=spec.activation)


def dropout(rate: float) -> Iterator[MakePlan]:
    if rate:
        yield planned("dropout", f"{NETWORK}/dropout", rate=rate)


def layers(spec: LayersSpec) -> Iterator[MakePlan]:
    """The layers before the last, as they are listed."""
    for place, each in enumerate(spec.layers):
        yield listed(each, f"{NETWORK}/layers/{place}")


def listed(spec: LayerSpec, pointer: str) -> MakePlan:
    if isinstance(spec, ResidualSpec):
        parts = (listed(part, f"{pointer}/layers/{at}") for at, part in enumerate(spec.layers))
        return planned(spec.kind, pointer, layers=tuple(parts))
    return planned(spec.kind, pointer, **spec.model_dump(exclude={"kind"}))


NETWORKS: dict[type, Callable[[Any], Iterator[MakePlan]]] = {
    DenseSpec: dense,
    ConvolutionalSpec: convolutional,
    LayersSpec: layers,
}
