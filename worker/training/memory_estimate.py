"""What a job is going to need of memory, from what it holds in each of its phases.

Counted is the memory that a job's process has for itself: what no file stands behind. The rows of
a dataset are mapped, and count nothing. benchmarks/service/job_memory.py holds the sum against what
jobs are seen to use.
"""

import math

from worker.data.dataset import block_rows, sample_rows
from worker.nn.engines.batch import CHANGES
from worker.nn.engines.layout import LINE_BYTES, padded, scratch_numbers
from worker.training.evaluate import PIECE_BYTES, together
from worker.training.gradient_check import ROWS
from worker.training.sizes import Sizes
from worker.training.step import PIECE

# A worker that waits, with its libraries and its compiled kernels: what its children begin with.
BASE_BYTES = 92 * 10**6
EXACT = 8  # bytes of a float64 or an int64
PROGRAMS = 3  # that are recorded for most jobs: a step, the last one of an epoch, a look
NARROW_BYTES = 2 * LINE_BYTES  # of a row of the first layer's results, up to which all rows are
# kept in a second order
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
PRODUCTS_BYTES = 6 * 10**6  # that NumPy's library of products works in, at most


def needed(job: Sizes) -> int:
    """Bytes that the job's process will have when it has most."""
    phases = (looking, starting, training, folding, comparing, measuring, telling)
    return BASE_BYTES + lasting(job) + max(phase(job) for phase in phases)


def lasting(job: Sizes) -> int:
    """From the first phase to the last: which rows are in which split, and the classes of those
    that were divided; shift and factor of every feature."""
    divided = 2 * EXACT * job.rows if job.kept_out else 0
    return EXACT * (job.rows + job.test_rows) + divided + 2 * EXACT * job.features


# The phases of a job.


def looking(job: Sizes) -> int:
    """`moments`: sums and squares of every feature, by thread; `statistics`: some rows as they are,
    normalized, and as distances from their mean."""
    sums = (3 * job.threads + 6) * EXACT * job.features
    some = min(job.learned, sample_rows(job.features)) * job.features
    return max(sums, (1 + 2 * EXACT) * some)


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
    n_in, n_out = job.layers[0]
    return job.size * (job.parameters + n_in * n_out) + served(job) + answering(job, job.learned)


def measuring(job: Sizes) -> int:
    """`measured`: the model; one split after the other on its way through it; what is said of those
    before it."""
    largest = max(job.learned, job.kept_out, job.test_rows)
    judging = answering(job, largest) + judged(job, largest)
    if job.kept_out:
        judging = max(judging, answering(job, job.kept_out) + tempering(job))
    return job.size * job.parameters + served(job) + judging + confusions(job)


def telling(job: Sizes) -> int:
    """`end`: the result as it is, as text, as bytes to Redis, and as all of it comes back."""
    return 5 * confusions(job)


# What steps need.


def learning(job: Sizes) -> int:
    """The weights, their gradients, what the optimizer remembers of them, and the best so far."""
    remembered = len(job.plan.optimizer([]).remembers)
    best = job.size * job.parameters if job.plan.stopping else 0
    return (2 + remembered) * weights(job, job.size) + best


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
    dropped, rows, size = job.plan.network.dropout > 0, job.batch, job.size
    inputs, hidden = row(size, job.features), sum(row(size, n) for n in job.hidden)
    forward = 2 * hidden + 2 * row(size, job.units)
    back = (3 + 2 * dropped) * hidden
    held = rows * (inputs + forward + back)
    if job.unchanging and job.layers[0][1] * size <= NARROW_BYTES:
        held += place(size, job.features, rows)
    looked_at = min(job.kept_out, PIECE)
    if looked_at > rows or dropped or job.unchanging:
        held += looked_at * (inputs + forward)
    return held + PROGRAMS * 2 * inputs + 2 * size * job.features


def scratch(job: Sizes) -> int:
    """In which each thread packs the factors of a product."""
    return job.threads * job.size * scratch_numbers(max(n_out for _, n_out in job.layers))


def checking(job: Sizes) -> int:
    """`GradientCheck`, all in float64: a few rows for either way to derive the gradients; the
    weights, and their gradients."""
    rows = min(ROWS, job.learned)
    inputs = 2 * rows * EXACT * job.features + 2 * EXACT * job.features
    return inputs + 2 * weights(job, EXACT)


def weights(job: Sizes, size: int) -> int:
    """All weights and biases of so many bytes each, as they lie for kernels."""
    return sum(place(size, n_in, n_out) + place(size, n_out) for n_in, n_out in job.layers)


def place(size: int, *shape: int) -> int:
    """A vector or matrix of an engine's."""
    return size * math.prod(padded(size, *shape))


def row(size: int, count: int) -> int:
    """A row of such a matrix."""
    return size * padded(size, 1, count)[1]


# What answers need.


def served(job: Sizes) -> int:
    """`serving_network`: the weights in float64, if they are not that already."""
    return EXACT * job.parameters if job.size < EXACT else 0


def answering(job: Sizes, rows: int) -> int:
    """`pieces`: a block of the rows, as it is and in float64, and on its way from layer to layer;
    then its logits, of which some are looked at together."""
    rows = min(rows, block_rows(job.features), together(job.layers))
    inputs = (1 + EXACT) * rows * job.features
    logits = EXACT * rows * job.units
    widest = max(n_in * (depth > 0) + n_out for depth, (n_in, n_out) in enumerate(job.layers))
    bent = AT_A_TIME[job.plan.network.activation] * max(job.hidden, default=0)
    within = inputs + EXACT * rows * max(widest, bent)
    return min(PRODUCTS_BYTES, inputs) + max(within, logits + 6 * min(PIECE_BYTES, logits))


def judged(job: Sizes, rows: int) -> int:
    """`Answers`: class, first logit and certainty of every row, and whether it is right; then ranks
    or bins, five numbers for a row; and how often each class was taken for each."""
    return (3 * EXACT + 1 + 5 * EXACT) * rows + 2 * EXACT * job.classes**2


def tempering(job: Sizes) -> int:
    """`fitted_temperature`: all logits of the rows that were kept out."""
    logits = EXACT * job.kept_out * job.units
    return logits + 6 * min(PIECE_BYTES, logits)


def confusions(job: Sizes) -> int:
    """How often each class was taken for each, as lists, of each split."""
    splits = 1 + (job.kept_out > 0) + (job.test_rows > 0)
    return splits * EXACT * job.classes**2
