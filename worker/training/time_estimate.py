"""How long a job is going to take, in each of its phases, by counting what it computes.

This is for want of something better: `trial` begins the phases and times them. How far either is
from what jobs take, benchmarks/service/estimates.py tells.
"""

from itertools import accumulate
from typing import NamedTuple

from worker.training.gradient_samples import rows_checked, sampled_parameters
from worker.training.layer_plan import LayerPlan
from worker.training.model import FOLD_PICTURES, FOLD_ROWS
from worker.training.plan import Plan
from worker.training.sizes import EXACT, Sizes

# Multiplications in a second on a core: of the kernels that train, which are shared out among
# threads; of the formulas, by which gradients are checked; and of whatever answers for rows.
KERNELS, FORMULAS, ANSWERS = 25 * 10**9, 8 * 10**9, 25 * 10**9
ON_GPU = 500 * 10**9  # of the kernels of a graphics processor
DIGESTED = 10**9  # bytes in a second
DRAWN, UPDATED = 60 * 10**6, 8 * 10**8  # weights in a second
MOVED = 8 * 10**9  # bytes of samples in a second, from memory into a product
OF_FOLD = 0.5  # of what it takes to measure a model, that it takes to ask the network of a fold
WAYS = 3  # of a sample through a layer: there, to the gradients, and back
# Seconds of a step, of a derivative that is checked, and of each phase, whatever the network.
STEP_S, DERIVATIVE_S, PHASE_S = 1e-4, 5e-4, 0.01
FILES = 10  # of a version and beside it, each of which is made durable
# Of an epoch that is written down and told, and of each of its layers.
EPOCH_S, LAYER_S = 1.5e-4, 1e-5


class Disk(NamedTuple):
    """Seconds in which a disk makes a small file durable, and each byte of a large one."""

    file_s: float
    byte_s: float


USUAL = Disk(0.004, 1 / (120 * 10**6))


def seconds(job: Sizes, *, on_gpu: bool = False) -> dict[str, float]:
    """Of each phase, in their order; of one training, where folds take several."""
    return {
        "opening": opening(job),
        "starting": starting(job),
        "proving": proving(job) if job.checked else 0.0,
        "training": training(job, ON_GPU if on_gpu else KERNELS * job.threads),
        "measuring": measuring(job),
        "publishing": publishing(job),
    }


def work(job: Sizes) -> int:
    """Multiplications for a sample, on its way there."""
    return sum(layer.multiplications for layer in job.plan.network.layers)


def times(job: Sizes) -> dict[str, float]:
    """How often each phase of one training comes, where there are folds: each is trained on the
    rows of the others, and compared and asked about its own."""
    if (folds := job.plan.folds) is None:
        return {}
    share = 1 - 1 / folds.count
    return {
        "starting": 1 + folds.trainings,
        "training": 1 + share * folds.trainings,
        "measuring": 1 + OF_FOLD * folds.trainings,
    }


def layers_of(job: Sizes) -> int:
    """How many have parameters."""
    return sum(bool(layer.parameters) for layer in job.plan.network.layers)


def opening(job: Sizes) -> float:
    """The dataset is digested, once more for its test rows, and its features are measured."""
    return PHASE_S + 3 * dataset_bytes(job) / DIGESTED


def starting(job: Sizes) -> float:
    """The weights are drawn, and a step is recorded."""
    return PHASE_S + job.parameters / DRAWN


def proving(job: Sizes) -> float:
    """`GradientCheck`: its weights in float64, and all derivatives that it compares."""
    passed = rows_checked(job.plan) * proof_work(job.plan) / FORMULAS
    return PHASE_S + job.parameters / DRAWN + derivatives(job.plan) * DERIVATIVE_S + passed


def derivatives(plan: Plan) -> int:
    """How many of them a gradient check compares."""
    return sum(of_layer(plan, layer) for layer in plan.network.layers)


def of_layer(plan: Plan, layer: LayerPlan) -> int:
    """The same of a layer: about as many of each of its arrays."""
    arrays = len(layer.parameters)
    return arrays * max(1, sampled_parameters(plan) // arrays) if arrays else 0


def proof_work(plan: Plan, *, of_first: bool = False) -> int:
    """Multiplications for a row in a gradient check: each derivative takes a pass on either side
    of it, through its layer and those behind; and all together take two through all layers.

    Args:
        of_first: where only one derivative is compared, of the first layer that learns.
    """
    layers = plan.network.layers[plan.network.frozen_depth :]
    behind = [*accumulate(layer.multiplications for layer in reversed(layers))][::-1]
    passed = zip(layers, behind, strict=True)
    if of_first:
        return 2 * behind[0] + 2 * next(rest for layer, rest in passed if layer.parameters)
    return 2 * behind[0] + sum(2 * of_layer(plan, layer) * rest for layer, rest in passed)


def training(job: Sizes, speed: float) -> float:
    """All steps, and the look at the validation rows after each epoch.

    Args:
        speed: multiplications in a second.
    """
    plan, steps = job.plan, -(-job.learned // job.batch)
    passed = WAYS * job.learned + job.kept_out
    each = work(job) / speed + job.size * job.features / MOVED
    epoch = steps * (STEP_S + job.parameters / UPDATED) + passed * each
    return plan.epochs * epoch + watching(job)


def watching(job: Sizes) -> float:
    """What is seen of each epoch is written into the metrics and told to whoever follows."""
    return job.plan.epochs * (EPOCH_S + LAYER_S * layers_of(job))


def measuring(job: Sizes) -> float:
    """The model is compared with the network, and answers for all rows; for those to test on once
    more, when it is decided whether it becomes champion."""
    compared = min(job.learned, FOLD_PICTURES if job.plan.network.pictures else FOLD_ROWS)
    answered = job.rows + 2 * job.test_rows
    return PHASE_S + compared * work(job) / FORMULAS + answered * work(job) / ANSWERS


def publishing(job: Sizes, disk: Disk = USUAL) -> float:
    """The files of a version are written, and digested twice."""
    written_s = FILES * disk.file_s + version_bytes(job) * disk.byte_s
    return PHASE_S + written_s + 2 * version_bytes(job) / DIGESTED


# What a job reads and writes.

ANSWER_BYTES = 23  # that are kept of the answer for a row
ABOUT_BYTES = 20_000  # the manifest of a version, and its other small files
EPOCH_BYTES, LAYER_BYTES = 230, 115  # of a row of metrics
CHECKPOINTS = 2  # of a job that are there at a time, beside those that stay
EXPORTED = 1.25  # the weights in ONNX, and once more in int8


def dataset_bytes(job: Sizes) -> int:
    """Of all samples."""
    return (job.rows + job.test_rows) * job.features * job.stored


def trainings(job: Sizes) -> int:
    """How many a job takes: one for each fold, and one on all rows."""
    return 1 + (job.plan.folds.trainings if job.plan.folds else 0)


def answers_bytes(job: Sizes) -> int:
    """Of what was answered for each row that was held out, in each repeat: the class, and two
    probabilities."""
    return 12 * job.rows * job.plan.folds.repeats if job.plan.folds else 0


def held_out_bytes(job: Sizes) -> int:
    """Of that, and of which fold each row was in; of each its split, its place and its class."""
    folds = job.plan.folds
    return answers_bytes(job) + 4 * job.rows * (3 + folds.repeats) if folds else 0


def version_bytes(job: Sizes) -> int:
    """Of the files of a version: the weights folded and as they were trained, the normalization,
    and what was answered for each row."""
    weights = 2 * job.size * job.parameters + 2 * EXACT * job.features
    answers = ANSWER_BYTES * (job.rows + job.test_rows) + held_out_bytes(job)
    return weights + answers + ABOUT_BYTES


def kept_bytes(job: Sizes, *, exported: bool) -> int:
    """Of all files that stay of a job: its version, with its exports, and its metrics."""
    metrics = trainings(job) * job.plan.epochs * (EPOCH_BYTES + LAYER_BYTES * layers_of(job))
    exports = int(EXPORTED * 4 * job.parameters) if exported else 0
    return version_bytes(job) + metrics + exports


def checkpoint_bytes(job: Sizes) -> int:
    """Of a checkpoint: the weights, what the optimizer, averages and the best epoch add, and what
    was answered by folds."""
    learning = sum(tensor.size for tensor in job.plan.network.learning_tensors)
    copies = 1 + len(job.plan.optimizer([]).remembers) + bool(job.plan.average_weights)
    best = job.parameters if job.plan.stopping else 0
    return job.size * (copies * learning + best) + answers_bytes(job)
