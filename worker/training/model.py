"""The model that a trained network leaves: tensors that take raw rows, and what they are worth."""

from collections.abc import Callable

import numpy as np

from worker.data.dataset import Split
from worker.errors import FoldMismatch
from worker.jsontypes import Json
from worker.nn.activations import ACTIVATIONS
from worker.nn.arrays import Array
from worker.nn.engines.answering import PRECISION
from worker.nn.engines.answering.widening import WIDENING
from worker.nn.folding import Normalize, with_normalization, without_batch_normalization
from worker.nn.layers import Layer
from worker.nn.losses import Loss
from worker.nn.network import Network, dense_network
from worker.nn.normalization import Normalization
from worker.nn.windows import Shape
from worker.training.build import network_of_model
from worker.training.evaluate import blocks, of_rows
from worker.training.network_plan import NetworkPlan
from worker.training.serving_plan import serving_plan

Tensors = dict[str, Array]
# Makes a network that answers for pictures, of its layers and of the shape of a picture.
OfPictures = Callable[[list[Layer], Shape], Network]

# On which the stored model is compared with the trained network; pictures take long.
FOLD_ROWS, FOLD_PICTURES = 1_000, 100
FOLD_TOLERANCE = 1e-4  # in probability


def network_of(tensors: Tensors, manifest: Json, of_pictures: OfPictures) -> Network:
    """The network that a model's tensors stand for; a dense one has them as they are."""
    network = manifest["spec"]["network"]
    if network.get("kind", "dense") == "dense":  # of which the tensors tell the layers
        return dense_network_of(tensors, network["activation"])
    return serving_network(tensors, network_of_model(manifest), of_pictures)


def dense_network_of(tensors: Tensors, activation: str) -> Network:
    """The network that a model's tensors W1, b1, …, WL, bL stand for; it takes rows in float64."""
    layers = range(1, len(tensors) // 2 + 1)
    pairs = [(tensors[f"W{layer}"], tensors[f"b{layer}"]) for layer in layers]
    return dense_network(pairs, ACTIVATIONS[activation], do=WIDENING)


def folded(plan: NetworkPlan, network: Network, normalization: Normalization) -> Tensors:
    """The tensors of the network that answers, for raw samples, by their names in `serving_plan`.

    Batch normalizations are part of the weights before them, and the normalization of those of the
    first layer. If that cannot be exact, it stays beside them, as `shift` and `factor`.
    """
    layers, names = without_batch_normalization(network.layers), serving_plan(plan)
    folded_layers = with_normalization(layers, normalization)
    arrays = Network(folded_layers or layers).arrays
    tensors = dict(zip((*names.names, *names.running_names), arrays, strict=True))
    if folded_layers is None:
        tensors |= normalization.astype(network.params[0].dtype.name)._asdict()
    return tensors


def unfolded(plan: NetworkPlan, network: Network, normalization: Normalization) -> Tensors:
    """The tensors of the network as it was trained, by their names in its plan; and the
    normalization, as `shift` and `factor`, in its own precision."""
    names = (*plan.names, *plan.running_names)
    return dict(zip(names, network.arrays, strict=True)) | normalization._asdict()


def serving_network(tensors: Tensors, plan: NetworkPlan, of_pictures: OfPictures) -> Network:
    """The network as it answers, from its tensors.

    Args:
        tensors: by which rows are computed in float64, so that an answer does not depend on its
            neighbours. Networks of pictures make float32 of them, and look at one picture at a
            time.
        plan: of the network that was trained.
    """
    layers = answering_layers(tensors, plan)
    if not plan.pictures:
        return Network(layers, WIDENING)
    return of_pictures(layers, plan.layers[0].arrives)


def answering_layers(tensors: Tensors, plan: NetworkPlan) -> list[Layer]:
    """The layers of the network as it answers, from its tensors; the normalization is the first
    where it could not be folded."""
    layers = serving_plan(plan).network_of(tensors).layers
    if "shift" not in tensors:
        return layers
    normalization = Normalization(tensors["shift"], tensors["factor"])
    precision = PRECISION if plan.pictures else "float64"
    return [Normalize(normalization.astype(precision)), *layers]


def fold_difference(
    network: Network, normalization: Normalization, served: Network, loss: Loss, split: Split
) -> float:
    """The largest difference in probability between the trained network and the stored model."""
    differences = []
    rows = FOLD_ROWS if of_rows(served) else FOLD_PICTURES
    for samples in blocks(served, split.first(rows)):
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
