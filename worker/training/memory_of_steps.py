"""What the steps of a training need of memory."""

import math
from collections.abc import Sequence
from itertools import pairwise
from typing import TypeGuard

from worker.nn.engines.batch import CHANGES
from worker.nn.engines.layout import COPIED, LINE_BYTES, padded, scratch_numbers
from worker.training.gradient_samples import rows_checked
from worker.training.layer_plan import LayerPlan
from worker.training.layer_plans import ActivationPlan, BatchNormPlan
from worker.training.sizes import EXACT, Sizes
from worker.training.step import PIECE
from worker.training.window_plans import ConvolutionPlan

PROGRAMS = 3  # that are recorded for most jobs: a step, the last one of an epoch, a look
NARROW_BYTES = 2 * LINE_BYTES  # of a row of the first layer's results, up to which all rows are
# kept in a second order
# Places of the size of what a layer returns that it has forward, and on the way back.
FORWARD = {
    "convolution": 1,
    "depthwise_convolution": 1,
    "max_pool": 1,
    "average_pool": 1,
    "global_average_pool": 1,
    "batch_norm": 1,
    "dense": 1,
    "activation": 1,
    "dropout": 0,
    "flatten": 1,
    "residual": 1,
}
# Of an activation of rows, slopes too; those of pictures are used where they are.
BACK = dict.fromkeys(FORWARD, 1) | {"activation": 2, "dropout": 2}


def learning(job: Sizes) -> int:
    """The weights; of those that are not frozen their gradients, what the optimizer remembers of
    them, and the best so far."""
    best = job.size * job.parameters if job.plan.stopping else 0
    own = job.plan.network.learning_tensors
    learning = sum(place(job.size, *tensor.matrix) for tensor in own)
    averaged = learning if job.plan.average_weights else 0
    running = sum(place(job.size, *tensor.shape) for tensor in job.plan.network.running.values())
    return weights(job, job.size) + (copies(job) - 1) * learning + running + averaged + best


def copies(job: Sizes) -> int:
    """How often a parameter is there: with its gradient, and what the optimizer remembers."""
    return 2 + len(job.plan.optimizer([]).remembers)


def choosing(job: Sizes) -> int:
    """`Batches`: the classes of all rows, once for each split; this epoch's order of the rows and
    the next one's, as it is made; how pictures are changed, and the next time thrice as it is made.
    """
    labels = EXACT * job.rows * (2 if job.kept_out else 1)
    orders = 0 if job.unchanging else 3 * EXACT * job.learned
    return labels + orders + (4 * len(CHANGES) * EXACT * job.learned if job.changing else 0)


def passing(job: Sizes) -> int:
    """The places that an engine lends: rows on their way forward and back, and in the last step of
    an epoch how steep the units are; those that are looked at to validate have places of their own
    unless these suit them. And shift and factor of each program."""
    dropped, rows, size = job.plan.network.dropouts > 0, job.batch, job.size
    inputs, hidden = sample(size, job.inputs), job.hidden
    forward = passing_forward(job, size)
    bent = bending(job.plan.network.layers)
    back = sum(places(layer, bent)[1] * sample(size, layer.returns) for layer in hidden)
    held = rows * (inputs + forward + back)
    if job.unchanging and not job.plan.network.pictures and job.layers[0][1] * size <= NARROW_BYTES:
        held += place(size, job.features, rows)
    looked_at = min(job.kept_out, rows if job.plan.network.pictures else PIECE)
    if looked_at > rows or dropped or job.unchanging:
        held += looked_at * (inputs + forward)
    # Of each program: of the last step's batch, and of what is looked at, in pieces and the rest.
    sizes = rows, job.learned % rows, looked_at, job.kept_out % max(1, looked_at)
    layers = job.plan.network.every_layer
    held += sum(bordered(job, layer, count) for layer in layers for count in sizes)
    return held + PROGRAMS * 2 * inputs + 2 * size * job.features


def passing_forward(job: Sizes, size: int) -> int:
    """The places of one row on its way forward, of numbers of so many bytes."""
    bent = bending(job.plan.network.layers)
    hidden = sum(places(layer, bent)[0] * sample(size, layer.returns) for layer in job.hidden)
    return hidden + 2 * row(size, job.units)


def places(layer: LayerPlan, bent: set[int]) -> tuple[int, int]:
    """Places of the size of what a layer returns that it has forward, and on the way back.

    Args:
        bent: as `bending` returns them.
    """
    back = 1 if isinstance(layer, ActivationPlan) and len(layer.returns) == 3 else BACK[layer.kind]
    return 0 if id(layer) in bent else FORWARD[layer.kind], back


def bending(layers: Sequence[LayerPlan]) -> set[int]:
    """The ids of the activations that are done where their inputs are written: relu right behind a
    batch normalization, or behind a convolution that is no ordinary product."""
    found = set()
    for before, layer in pairwise(layers):
        relu = isinstance(layer, ActivationPlan) and layer.activation == "relu"
        if relu and (isinstance(before, BatchNormPlan) or gathers(before)):
            found.add(id(layer))
    return found.union(*(bending(layer.inner) for layer in layers))


def gathers(layer: LayerPlan) -> TypeGuard[ConvolutionPlan]:
    """Whether it is a convolution that is no ordinary product."""
    return isinstance(layer, ConvolutionPlan) and not layer.kernel == layer.stride == 1


def bordered(job: Sizes, layer: LayerPlan, count: int) -> int:
    """So many pictures with the padding of a convolution that is no ordinary product."""
    if not gathers(layer):
        return 0
    m, rows, columns, c = layer.window.padded((count, *layer.arrives))
    return place(job.size, m * rows, columns * c + COPIED)


def scratch(job: Sizes) -> int:
    """In which each thread packs the factors of a product."""
    return job.threads * job.size * scratch_numbers(max(n_out for _, n_out in job.layers))


def checking(job: Sizes) -> int:
    """`GradientCheck`, all in float64: a few rows for either way to derive the gradients; the
    weights, and their gradients. Pictures are large on their way: by the engine; and by the
    formulas, of which the slopes of two passes stay."""
    rows = min(rows_checked(job.plan), job.learned)
    inputs = 2 * rows * EXACT * job.features + 2 * EXACT * job.features
    held, bent = 0, bending(job.plan.network.layers)
    for layer in job.hidden if job.plan.network.pictures else ():
        held += sum(places(layer, bent)) * sample(EXACT, layer.returns)
        if isinstance(layer, ActivationPlan):
            held += 2 * EXACT * math.prod(layer.returns)
    return inputs + rows * held + 2 * weights(job, EXACT)


def weights(job: Sizes, size: int) -> int:
    """All weights and biases of so many bytes each, as they lie for kernels."""
    return sum(place(size, *tensor.matrix) for tensor in job.plan.network.tensors.values())


def place(size: int, *shape: int) -> int:
    """A vector or matrix of an engine's."""
    return size * math.prod(padded(size, *shape))


def row(size: int, count: int) -> int:
    """A row of such a matrix."""
    return size * padded(size, 1, count)[1]


def sample(size: int, shape: Sequence[int]) -> int:
    """A sample of this shape: a row, or one for each place of a picture."""
    *places, last = shape
    return math.prod(places) * row(size, last)


def costliest(job: Sizes) -> tuple[LayerPlan, int]:
    """The layer that takes most memory in training, and how many bytes that is."""

    bent = bending(job.plan.network.layers)

    def cost(layer: LayerPlan) -> int:
        held = job.batch * sample(job.size, layer.returns)
        own = sum(place(job.size, *tensor.matrix) for tensor in layer.parameters)
        passed = sum(places(layer, bent)) * held + bordered(job, layer, job.batch)
        return passed + copies(job) * own

    found = max(job.plan.network.every_layer, key=cost)
    return found, cost(found)
