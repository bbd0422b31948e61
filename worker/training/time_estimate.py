"""How long a job is going to take, in each of its phases, by counting what it computes.

This is for want of something better: `trial` begins the phases and times them. How far either is
from what jobs take, benchmarks/service/estimates.py tells.
"""

from worker.training.gradient_samples import rows_checked, sampled_parameters
from worker.training.model import FOLD_PICTURES, FOLD_ROWS
from worker.training.sizes import EXACT, Sizes

# Multiplications in a second on a core: of the kernels that train, which are shared out among
# threads; of the formulas, by which gradients are checked; and of whatever answers for rows.
KERNELS, FORMULAS, ANSWERS = 10 * 10**9, 3 * 10**9, 5 * 10**9
ON_GPU = 500 * 10**9  # of the kernels of a graphics processor
DIGESTED, WRITTEN = 10**9, 300 * 10**6  # bytes in a second
DRAWN, UPDATED = 30 * 10**6, 10**9  # weights in a second
WAYS = 3  # of a sample through a layer: there, to the gradients, and back
# Seconds of a step, of a derivative that is checked, and of each phase, whatever the network.
STEP_S, DERIVATIVE_S, PHASE_S, FILES_S = 2e-4, 1e-3, 0.02, 0.12
# Of an epoch that is written down and told, and of each of its layers.
EPOCH_S, LAYER_S = 1.5e-4, 1e-5


def seconds(job: Sizes, *, on_gpu: bool = False) -> dict[str, float]:
    """Of each phase, in their order."""
    found = {
        "opening": opening(job),
        "starting": starting(job),
        "proving": proving(job) if job.checked else 0.0,
        "training": training(job, ON_GPU if on_gpu else KERNELS * job.threads),
        "measuring": measuring(job),
        "publishing": publishing(job),
    }
    return found


def work(job: Sizes) -> int:
    """Multiplications for a sample, on its way there."""
    return sum(layer.multiplications for layer in job.plan.network.layers)


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
    """`GradientCheck`: for each derivative two passes through half of the network, on an average;
    and its weights in float64."""
    derivatives = sampled_parameters(job.plan) * layers_of(job)
    each = DERIVATIVE_S + rows_checked(job.plan) * work(job) / FORMULAS
    return PHASE_S + job.parameters / DRAWN + derivatives * each


def training(job: Sizes, speed: float) -> float:
    """All steps, and the look at the validation rows after each epoch.

    Args:
        speed: multiplications in a second.
    """
    plan, steps = job.plan, -(-job.learned // job.batch)
    passed = WAYS * job.learned + job.kept_out
    epoch = steps * (STEP_S + job.parameters / UPDATED) + passed * work(job) / speed
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


def publishing(job: Sizes) -> float:
    """The files of a version are written."""
    return FILES_S + version_bytes(job) / WRITTEN


# What a job reads and writes.

ANSWER_BYTES = 23  # that are kept of the answer for a row
ABOUT_BYTES = 20_000  # the manifest of a version, and its other small files
EPOCH_BYTES, LAYER_BYTES = 230, 115  # of a row of metrics
CHECKPOINTS = 2  # of a job that are there at a time, beside those that stay
EXPORTED = 1.25  # the weights in ONNX, and once more in int8


def dataset_bytes(job: Sizes) -> int:
    """Of all samples."""
    return (job.rows + job.test_rows) * job.features * job.stored


def version_bytes(job: Sizes) -> int:
    """Of the files of a version: the weights folded and as they were trained, the normalization,
    and what was answered for each row."""
    weights = 2 * job.size * job.parameters + 2 * EXACT * job.features
    return weights + ANSWER_BYTES * (job.rows + job.test_rows) + ABOUT_BYTES


def kept_bytes(job: Sizes, *, exported: bool) -> int:
    """Of all files that stay of a job: its version, with its exports, and its metrics."""
    metrics = job.plan.epochs * (EPOCH_BYTES + LAYER_BYTES * layers_of(job))
    exports = int(EXPORTED * 4 * job.parameters) if exported else 0
    return version_bytes(job) + metrics + exports


def checkpoint_bytes(job: Sizes) -> int:
    """Of a checkpoint: the weights, and what the optimizer, averages and the best epoch add."""
    learning = sum(tensor.size for tensor in job.plan.network.learning_tensors)
    copies = 1 + len(job.plan.optimizer([]).remembers) + bool(job.plan.average_weights)
    best = job.parameters if job.plan.stopping else 0
    return job.size * (copies * learning + best)
