"""One step of a training, shown whole: each array, how it was made, what becomes of the cost."""

from collections.abc import Sequence
from dataclasses import replace
from functools import partial
from typing import NamedTuple

import numpy as np

from worker.data.dataset import Dataset
from worker.errors import LimitExceeded
from worker.nn.arrays import Array, Purpose, generator
from worker.nn.notebook import Note, Saved, saved
from worker.nn.noting_engine import NotingEngine
from worker.training.central_differences import H_OF_PICTURES, Compared, CostOf, H, compared
from worker.training.gradient_samples import Place, places
from worker.training.lesson_beginning import ROWS, begun
from worker.training.lesson_update import Update, updated
from worker.training.origin import Origin, started
from worker.training.plan import Plan

MOST_PARAMETERS = 1_000_000
MOST_MULTIPLICATIONS = 5_000_000  # by parameters, for each row
COMPARED = 30  # derivatives of each array, where passes are cheap
PASSES = 3 * 10**8  # multiplications for all that is compared together


class Lesson(NamedTuple):
    """A step on a few rows, in float64.

    Attributes:
        rows: their places in the split `train`.
        labels: their classes.
        notes: all arrays, from the samples to the last gradient.
        saved: what keeping some of them saves.
        updates: of the parameters, first to last.
        learning_rate: of the step.
        before, after: the cost of these rows, in nats per row.
        compared: the gradients beside central differences.
        left_out: of what the spec asks for, in sentences.
    """

    rows: list[int]
    labels: list[str]
    notes: list[Note]
    saved: Saved
    updates: list[Update]
    learning_rate: float
    before: float
    after: float
    compared: Compared
    left_out: list[str]


# Weights that are far too large overflow; what comes of it is shown.
@np.errstate(all="ignore")
def lesson(
    plan: Plan, dataset: Dataset, optimizer: str, scheduled: bool, origin: Origin | None = None
) -> Lesson:
    """The first step of a training, but on a few rows, one of each class as far as there are.

    Args:
        optimizer: its name in a spec.
        scheduled: whether the schedule is another than a constant.
        origin: the model from which the network starts, if it does from one.

    Raises:
        LimitExceeded: the network is too large to be shown, or too many rows would be measured.
    """
    check_small(plan)
    if origin is not None:
        plan = replace(plan, network=started(plan.network, origin))
    rows, names, cost = begun(plan, dataset)
    network = cost.network
    given = {"A0": cost.inputs, "Y": cost.targets, **dict(zip(names, network.arrays, strict=True))}
    engine = NotingEngine(given)
    logits, tape = network.forward(cost.inputs, engine)
    before, dZ = engine.cost(plan.loss, logits, cost.targets)  # noqa: N806
    gradients = tape.backward(dZ)
    updates = updated(plan, optimizer, names, network.params, gradients)
    with network.holding([*(update.after for update in updates), *network.running]):
        after, _ = cost.now()
    return Lesson(
        rows=rows.tolist(),
        labels=[dataset.classes[label] for label in dataset.train.y[rows]],
        notes=[note for note in engine.book.notes if note.name not in plan.network.running],
        saved=saved(engine.book.notes),
        updates=updates,
        learning_rate=plan.learning_rate,
        before=float(before),
        after=after,
        compared=checked(plan, cost, gradients),
        left_out=left_out(plan, scheduled),
    )


def check_small(plan: Plan) -> None:
    """Refuse a network of which one step takes long, or much memory.

    Raises:
        LimitExceeded: it is too large.
    """
    network = plan.network
    times = sum(layer.multiplications for layer in network.layers)
    if network.parameters > MOST_PARAMETERS or times > MOST_MULTIPLICATIONS:
        raise LimitExceeded(
            f"Expected a network of at most {MOST_PARAMETERS:,} parameters and "
            f"{MOST_MULTIPLICATIONS:,} multiplications for a row, to show a step of it, got "
            f"{network.parameters:,} and {times:,}. Use fewer hidden_units or filters, or smaller "
            "pictures.",
            "/network",
        )


def checked(plan: Plan, cost: CostOf, gradients: Sequence[Array]) -> Compared:
    """The gradients beside central differences."""
    h = H_OF_PICTURES if plan.network.pictures else H
    return compared(cost, gradients, partial(sampled, plan), h)


def sampled(plan: Plan, p: Array) -> Sequence[Place]:
    """Places in a parameter: all of a small one, or as many as may be compared."""
    cost = 2 * ROWS * sum(layer.multiplications for layer in plan.network.layers)
    count = max(1, min(COMPARED, PASSES // (cost * len(plan.network.tensors))))
    if p.size <= count:
        return [Place(0, at) for at in np.ndindex(p.shape)]
    return places([p], count, generator(plan.seed, Purpose.CHECK))


def left_out(plan: Plan, scheduled: bool) -> list[str]:
    """What is otherwise than in a training by the plan, in sentences."""
    told = {
        "Dropout leaves no number out.": plan.network.dropouts > 0,
        "Pictures are not changed.": plan.batches.changing,
        "All classes count as they are.": plan.batches.balanced,
        "The rate is that of the optimizer, whatever the schedule.": scheduled,
        "A0 is what the frozen layers make of the rows.": plan.network.frozen > 0,
    }
    return [sentence for sentence, is_so in told.items() if is_so]
