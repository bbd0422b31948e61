"""A network as a list of steps in plain JSON, which an ONNX file and `predict.py` are made of: what
a step does is its `kind`, and its arrays stand there by their names in the file of the weights."""

from collections.abc import Callable, Iterable, Sequence
from typing import Any

from worker.jsontypes import Json
from worker.nn.activations import ACTIVATIONS
from worker.nn.arrays import Array
from worker.nn.batch_normalization import BatchNormalization
from worker.nn.convolution import Convolution
from worker.nn.folding import Normalize
from worker.nn.layers import Activate, Dense, Dropout, Flatten, Layer
from worker.nn.network import Network
from worker.nn.pooling import GlobalAverage, Pooling
from worker.nn.pools import POOLS
from worker.nn.residual import Residual
from worker.nn.windows import Window
from worker.training.model import Tensors, network_of

NameOf = Callable[[Array], str]

POOL_NAMES = {pool: name for name, pool in POOLS.items()}
ACTIVATION_NAMES = {activation: name for name, activation in ACTIVATIONS.items()}


def steps_of(tensors: Tensors, manifest: Json) -> list[Json]:
    """Returns the steps of the network of a model, which has these arrays as they are."""
    network = network_of(tensors, manifest, lambda layers, shape: Network(layers))
    names = {id(array): name for name, array in tensors.items()}
    return steps(network.layers, lambda array: names[id(array)])


def steps(layers: Iterable[Layer], name_of: NameOf) -> list[Json]:
    # What is left out while a network is trained answers as if it were not there.
    kept = (layer for layer in layers if not isinstance(layer, Dropout))
    return [STEPS[type(layer)](layer, name_of) for layer in kept]


def with_arrays(kind: str, names: Sequence[str], arrays: Sequence[Array], name_of: NameOf) -> Json:
    """A step with as many of these arrays as there are."""
    return {"kind": kind, **dict(zip(names, map(name_of, arrays), strict=False))}


def dense(layer: Dense, name_of: NameOf) -> Json:
    return with_arrays("dense", ("W", "b"), layer.params, name_of)


def convolution(layer: Convolution, name_of: NameOf) -> Json:
    kind = "convolution" if layer.params[0].ndim == 4 else "depthwise"
    return with_arrays(kind, ("W", "b"), layer.params, name_of) | standing(layer.window)


def pooling(layer: Pooling, name_of: NameOf) -> Json:
    return {"kind": f"{POOL_NAMES[layer.pool]}_pool", **standing(layer.window)}


def batch_normalization(layer: BatchNormalization, name_of: NameOf) -> Json:
    names, arrays = ("gamma", "beta", "mean", "variance"), layer.params + layer.running
    return with_arrays("batch_norm", names, arrays, name_of) | {"eps": layer.eps}


def residual(layer: Residual, name_of: NameOf) -> Json:
    parts = {"steps": layer.inner, "shortcut": layer.shortcut}
    return {"kind": "residual"} | {k: steps(part.layers, name_of) for k, part in parts.items()}


def standing(window: Window) -> Json:
    """Where a window stands on a picture."""
    return window._asdict()


STEPS: dict[type, Callable[[Any, NameOf], Json]] = {
    Flatten: lambda layer, name_of: {"kind": "flatten"},
    Dense: dense,
    Convolution: convolution,
    Pooling: pooling,
    GlobalAverage: lambda layer, name_of: {"kind": "global_average"},
    BatchNormalization: batch_normalization,
    Activate: lambda layer, name_of: {
        "kind": "activation",
        "activation": ACTIVATION_NAMES[layer.activation],
    },
    Residual: residual,
    # Its arrays are those of the file, in another precision.
    Normalize: lambda layer, name_of: {"kind": "normalize", "shift": "shift", "factor": "factor"},
}
