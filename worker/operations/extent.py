"""Whether a network is of a size that can be trained: not too large, nor its batches too small."""

from collections.abc import Sequence

from worker.data.dataset import kept_out
from worker.errors import InvalidParameter, LimitExceeded
from worker.settings import Settings
from worker.training.folds import per_class_without_folds, too_few
from worker.training.layer_plan import LayerPlan, said
from worker.training.memory_estimate import needed
from worker.training.memory_of_steps import costliest
from worker.training.plan import Plan
from worker.training.sizes import sizes_of


def check_batches(plan: Plan, per_class: Sequence[int]) -> None:
    """Refuse a batch of one row where that has no variance, in any training of the job.

    Args:
        per_class: training rows of each class, those among them that will be kept out.

    Raises:
        InvalidParameter: a batch normalization would get one number of each unit or channel.
    """
    layer = plan.network.needs_two_rows
    if layer is None:
        return
    trainings = [*per_class_without_folds(plan.folds, per_class), per_class]
    for rows in (learned(each, plan.validation_fraction) for each in trainings):
        batch = plan.batches.batch_of(rows)
        if batch == 1 or rows % batch == 1:
            raise single_row(layer, rows, batch)


def single_row(layer: LayerPlan, rows: int, batch: int) -> InvalidParameter:
    arrives = said(layer.arrives)
    came = "one row" if batch == 1 else f"one row behind {rows - 1:,} in batches of {batch:,}"
    return InvalidParameter(
        f"Expected at least two rows in every batch for the layer batch_norm, at which {arrives} "
        f"arrive, got {came}. Choose a batch_size that leaves no single row over, or put the layer "
        "where pictures have more places.",
        layer.pointer,
    )


def check_folds(plan: Plan, classes: Sequence[str], per_class: Sequence[int]) -> None:
    """Refuse more folds than a class has training rows. Of those that are the same, byte for byte,
    the job itself finds out.

    Raises:
        InvalidParameter: a fold would have no row of the class.
    """
    if plan.folds is not None:
        for name, rows in zip(classes, per_class, strict=True):
            if rows < plan.folds.count:
                raise too_few(name, rows, plan.folds.count)


def learned(per_class: Sequence[int], fraction: float) -> int:
    """Training rows that are not kept out."""
    return sum(rows - (kept_out(rows, fraction) if fraction else 0) for rows in per_class)


def check_size(plan: Plan, settings: Settings) -> None:
    """Refuse a network that is too large for the limits of this service.

    Raises:
        LimitExceeded: it has too many parameters, or its job needs too much memory.
    """
    wanted, limit = plan.network.parameters, settings.max_parameters
    if wanted > limit:
        largest = max(plan.network.layers, key=lambda layer: layer.size)
        raise LimitExceeded(
            f"Expected a network of at most {limit:,} parameters, got {wanted:,}, of which "
            f"{largest.size:,} are {of(largest)}. Use fewer hidden_units or filters, or raise "
            "PURR_MAX_PARAMETERS.",
            largest.pointer,
        )
    sizes = sizes_of(plan, settings)
    if (wanted := needed(sizes)) > settings.max_job_bytes:
        layer, cost = costliest(sizes)
        raise LimitExceeded(
            f"Expected a job of at most {settings.max_job_bytes:,} bytes of memory, got one of "
            f"about {wanted:,}, of which about {cost:,} are {of(layer)}. Use a smaller batch_size, "
            "fewer hidden_units or filters, or raise PURR_MAX_JOB_BYTES.",
            layer.pointer,
        )


def of(layer: LayerPlan) -> str:
    return f"of the layer {layer.kind} that returns {said(layer.returns)}"
