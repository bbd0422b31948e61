"""What a job is going to need of memory, from what it holds in each of its phases.

Counted is the memory that a job's process has for itself: what no file stands behind. The rows of
a dataset are mapped, and count nothing. benchmarks/service/job_memory.py holds the sum against what
jobs are seen to use.
"""

import math

from worker.data.dataset import block_rows, sample_rows
from worker.nn.engines.answering import LANE_BYTES, PRECISION, TOGETHER
from worker.training.evaluate import PIECE_BYTES, together
from worker.training.familiarity import WIDEST
from worker.training.layer_plan import LayerPlan
from worker.training.layer_plans import ActivationPlan, DropoutPlan, FlattenPlan
from worker.training.memory_of_steps import (
    checking,
    choosing,
    learning,
    passing,
    passing_forward,
    sample,
    scratch,
    weights,
)
from worker.training.sizes import EXACT, NUMBERS, Sizes
from worker.training.window_plans import WindowPlan

# A worker that waits, with its libraries and its compiled kernels: what its children begin with.
BASE_BYTES = 112 * 10**6
# Matrices that an activation has at a time, its input and its result among them.
AT_A_TIME = {
    "relu": 2,
    "leaky_relu": 3,
    "gelu": 5,
    "gelu_tanh": 4,
    "tanh": 2,
    "sigmoid": 3,
    "identity": 1,
}
NARROW = NUMBERS[PRECISION]
PRODUCTS_BYTES = 6 * 10**6  # that NumPy's library of products works in, at most


def needed(job: Sizes) -> int:
    """Bytes that the job's process will have when it has most."""
    phases = (dividing, looking, starting, training, folding, comparing, measuring, telling)
    return BASE_BYTES + lasting(job) + max(phase(job) for phase in phases)


def lasting(job: Sizes) -> int:
    """From the first phase to the last: which rows are in which split, and the classes of those
    that were divided, or are there once more as mirrored; shift and factor of every feature."""
    divided = 2 * EXACT * job.rows if job.kept_out else 0
    mirrored = 2 * EXACT * job.learned if job.plan.problem.mirrored else 0
    rows = EXACT * (job.rows + job.test_rows) + divided + mirrored
    return rows + 2 * EXACT * job.features + crossed(job)


def crossed(job: Sizes) -> int:
    """`HeldOut`: of each row where it is, its class and which are the same; in each repeat its fold
    and three numbers of an answer; and once more which rows the others of a fold are."""
    if (folds := job.plan.folds) is None:
        return 0
    return job.rows * (4 * EXACT + folds.repeats * (EXACT + 3 * NUMBERS["float32"]) + 2 * EXACT)


# The phases of a job.


def dividing(job: Sizes) -> int:
    """`Pool`: digests of all rows, some of which are copied for it; then these as they are sorted
    and grouped."""
    if job.plan.folds is None:
        return 0
    return max(
        job.stored * min(job.rows, block_rows(job.features)) * job.features, 8 * EXACT * job.rows
    )


def looking(job: Sizes) -> int:
    """`moments`: sums and squares of every feature, by thread; `statistics`: some rows as they are,
    normalized, and as distances from their mean."""
    sums = (3 * job.threads + 6) * EXACT * job.features
    some = min(job.learned, sample_rows(job.features)) * job.features
    return max(sums, (job.stored + 2 * EXACT) * some)


def starting(job: Sizes) -> int:
    """`NetworkPlan.start`: the weights, and those of a layer in float64 as they are drawn."""
    return job.size * job.parameters + EXACT * max(n_in * n_out for n_in, n_out in job.layers)


def training(job: Sizes) -> int:
    """`Run`: all that steps need; after the first of them, `GradientCheck` beside it."""
    steps = learning(job) + choosing(job) + passing(job) + scratch(job)
    return steps + (checking(job) if job.checked else 0)


def folding(job: Sizes) -> int:
    """`folded`: the network, and its first weights once more, on their way in float64."""
    n_in, n_out = job.layers[0]
    return job.size * (job.parameters + n_in * n_out) + EXACT * n_in * n_out


def comparing(job: Sizes) -> int:
    """`fold_difference`: the network, the model, and some rows on their way through either."""
    return trained(job) + served(job) + answering(job, job.learned)


def measuring(job: Sizes) -> int:
    """`measured`: the network and the model; what is answered for the rows of all splits, while
    one after the other is on its way through the latter; then what is said of each."""
    largest = max(job.learned, job.kept_out, job.test_rows)
    passing = answering(job, largest)
    if job.kept_out:
        passing += becoming_familiar(job)
    telling = max(judged(job, largest), tempering(job)) + confusions(job)
    return trained(job) + served(job) + answered(job) + max(passing, telling)


def telling(job: Sizes) -> int:
    """`end`: the result as it is, as text, as bytes to Redis, and as all of it comes back."""
    return 5 * confusions(job)


# What answers need.


def trained(job: Sizes) -> int:
    """The network as it was trained, and the model's first weights, which are others."""
    n_in, n_out = job.layers[0]
    return job.size * (job.parameters + n_in * n_out)


def served(job: Sizes) -> int:
    """`serving_network`: the weights in float64, if they are not that already. Of a network of
    pictures in float32 too; and what each thread computes in, of one picture or of a few."""
    wide = EXACT * job.parameters if job.size < EXACT else 0
    if not job.plan.network.pictures:
        return wide
    one = sample(NARROW, job.inputs) + passing_forward(job, NARROW)
    lane = max(one, min(LANE_BYTES, TOGETHER * one))
    return wide + weights(job, NARROW) + scratch(job) + job.threads * lane


def answering(job: Sizes, rows: int) -> int:
    """`pieces`: a block of the rows, as it is and in float64, and on its way from layer to layer;
    then its logits, of which some are looked at together."""
    rows = at_once(job, rows)
    inputs = (job.stored + EXACT) * rows * job.features
    logits = EXACT * rows * job.units
    within = inputs + EXACT * rows * max(
        at_a_time(job, layer) for layer in job.plan.network.every_layer
    )
    return min(PRODUCTS_BYTES, inputs) + max(within, logits + 6 * min(PIECE_BYTES, logits))


def at_once(job: Sizes, rows: int) -> int:
    """How many of so many rows answers are made for at once."""
    pictures = job.plan.network.pictures
    return min(rows, block_rows(job.features), together(job.passed, pictures=pictures))


def at_a_time(job: Sizes, layer: LayerPlan) -> int:
    """Numbers that a sample is while the formulas of a layer work on it, raw rows apart."""
    n_in, n_out = math.prod(layer.arrives), math.prod(layer.returns)
    if isinstance(layer, ActivationPlan):
        return AT_A_TIME[layer.activation] * n_out
    if isinstance(layer, FlattenPlan | DropoutPlan):
        return 0
    # With its border, what lies under one position of it, and what comes of that.
    work = 2 * n_in + n_out if isinstance(layer, WindowPlan) else 0
    return work + n_out + (0 if layer is job.first else n_in)


def answered(job: Sizes) -> int:
    """`Answers` of every row of all splits: the class, the first logit, the certainty, the
    probability of its own class, and whether it is right. `Rows` of those that were not learned
    from: a confidence and a distance; and all logits of those that were kept out."""
    others = job.kept_out + job.test_rows
    logits = EXACT * job.kept_out * job.units
    return (4 * EXACT + 1) * (job.learned + others) + 2 * EXACT * others + logits


def judged(job: Sizes, rows: int) -> int:
    """`measures` and `threshold_curve`: ranks, bins, or scores, five numbers for a row; and how
    often each class was taken for each."""
    return 5 * EXACT * rows + 2 * EXACT * job.classes**2


def tempering(job: Sizes) -> int:
    """`fitted_temperature`: some of the logits of the rows that were kept out, in six forms."""
    return 6 * min(PIECE_BYTES, EXACT * job.kept_out * job.units)


def becoming_familiar(job: Sizes) -> int:
    """`Acquaintance`: sums of products, the covariance that comes of them, its axes, and what those
    are found in; what comes to the last layer of a block of rows, as it is and folded.
    `Familiarity`: some distances at a time, in four forms."""
    hidden = job.layers[-1][0]
    sums = min(WIDEST, hidden)
    block = at_once(job, job.learned) * (2 * hidden + 3 * sums)
    distances = 4 * min(PIECE_BYTES, EXACT * at_once(job, job.kept_out) * job.classes)
    return EXACT * (6 * sums**2 + 4 * job.classes * sums + block) + distances


def confusions(job: Sizes) -> int:
    """How often each class was taken for each, as lists, of each split."""
    splits = 1 + (job.kept_out > 0) + (job.test_rows > 0)
    return splits * EXACT * job.classes**2
