"""The model that a trained network leaves: tensors that take raw rows, and what they are worth."""

import numpy as np

from worker.data.dataset import Split
from worker.errors import FoldMismatch
from worker.jsontypes import Json
from worker.nn.activations import ACTIVATIONS
from worker.nn.arrays import Array
from worker.nn.losses import Loss
from worker.nn.network import Network, dense_network
from worker.nn.normalization import Normalization
from worker.training.evaluate import blocks, evaluate, fitted_temperature
from worker.training.network_plan import NetworkPlan

Tensors = dict[str, Array]

FOLD_ROWS = 1_000  # on which the stored model is compared with the trained network
FOLD_TOLERANCE = 1e-4  # in probability


def network_of(tensors: Tensors, activation: str) -> Network:
    """The network that a model's tensors W1, b1, …, WL, bL stand for."""
    layers = range(1, len(tensors) // 2 + 1)
    pairs = [(tensors[f"W{layer}"], tensors[f"b{layer}"]) for layer in layers]
    return dense_network(pairs, ACTIVATIONS[activation])


def tensors_of(network: Network) -> Tensors:
    """The network's parameters under the names they have in a model's file."""
    names = (f"{letter}{1 + i}" for i in range(len(network.params) // 2) for letter in "Wb")
    return dict(zip(names, network.params, strict=True))


def folded(network: Network, normalization: Normalization) -> Tensors:
    """The network's tensors with the normalization taken into the first layer."""
    tensors = tensors_of(network)
    tensors["W1"], tensors["b1"] = normalization.fold(tensors["W1"], tensors["b1"])
    return tensors


def serving_network(tensors: Tensors, network: NetworkPlan) -> Network:
    """The network as it answers: float64, so that an answer does not depend on its neighbours."""
    wide = {name: array.astype("float64", copy=False) for name, array in tensors.items()}
    return network.network_of(wide)


def fold_difference(
    network: Network, normalization: Normalization, served: Network, loss: Loss, split: Split
) -> float:
    """The largest difference in probability between the trained network and the stored model."""
    differences = []
    for samples in blocks(served, split.first(FOLD_ROWS)):
        trained = loss.probabilities(network.logits(normalization.apply(samples)))
        stored = loss.probabilities(served.logits(samples.astype("float64")))
        differences.append(np.abs(trained - stored).max())
    difference = float(np.max(differences))  # unlike max, it lets no nan pass
    if not difference <= FOLD_TOLERANCE:
        raise FoldMismatch(
            f"Expected the stored model within {FOLD_TOLERANCE:g} of the trained network, got "
            f'{difference:.2g}. Train with precision "float64" or another normalization.'
        )
    return difference


def measured(
    served: Network, loss: Loss, splits: dict[str, Split | None], classes: list[str]
) -> Json:
    """What the model is worth on each split, and how far to trust its probabilities."""
    result: Json = {
        name: evaluate(served, loss, split, classes) if split else None
        for name, split in splits.items()
    }
    if kept_out := splits["validation"]:
        result["temperature"] = fitted_temperature(served, loss, kept_out, len(classes))
    return result
