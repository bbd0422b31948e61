"""The trainings from which rows are held out, one after the other."""

from collections.abc import Callable

from worker.data.dataset import Dataset
from worker.nn.arrays import Array, Purpose, generator
from worker.training.evaluate import Answers
from worker.training.fitted import End, Fitted
from worker.training.folds import Pool
from worker.training.held_out import HeldOut
from worker.training.loop import Checkpoint
from worker.training.measures import Model
from worker.training.plan import Plan
from worker.training.turn import ALONE, Start

Fit = Callable[[Plan, Dataset, Start], Fitted]  # trains a network on the rows of a dataset


def cross_validated(
    plan: Plan, dataset: Dataset, fit: Fit, checkpoint: Checkpoint | None
) -> tuple[HeldOut | None, Start]:
    """Train a network for each fold and repeat on the rows of the other folds, and ask it about
    those that it has not seen; none where the plan wants no folds.

    Rows to validate are held out with the others, and watch the trainings from which they are not;
    where they are a share of the training rows, it is one of those that are not held out. So each
    training does with its rows what the one on all rows does with all.

    Args:
        checkpoint: of this job, from which it goes on, if there is one.

    Returns:
        What they answered, and how the training on all rows begins.

    Raises:
        InvalidParameter: a class has too few rows.
        WorkerError: as a training raises it.
    """
    if plan.folds is None:
        return None, Start(ALONE, checkpoint, None)
    held_out = HeldOut(Pool.of(dataset), plan.folds, plan.seed)
    if checkpoint is not None:
        held_out.restore(checkpoint)
    while True:
        turn = held_out.turn
        start, checkpoint = Start(turn, checkpoint, held_out.checkpoint()), None
        if turn.repeat is None or turn.fold is None:
            return held_out, start
        masks = held_out.masks(turn.repeat, turn.fold)
        own = plan.with_seed(seed_of(plan.seed, turn.repeat, turn.fold))
        held_out.note(turn.repeat, turn.fold, *asked(own, dataset, masks, fit, start))


def asked(
    plan: Plan, dataset: Dataset, masks: dict[str, Array], fit: Fit, start: Start
) -> tuple[list[Answers], End]:
    """What a network answers for these rows that learns from the others, and how its training
    ended. The network is gone then: there is memory for one."""
    fitted = fit(plan, dataset.only({split: ~mask for split, mask in masks.items()}), start)
    model, splits = Model(fitted.served, plan.loss, dataset.classes), dataset.only(masks).splits
    return [model.answers(splits[name]) for name, mask in masks.items() if mask.any()], fitted.end


def seed_of(seed: int, repeat: int, fold: int) -> int:
    """Returns the seed of a training from which a fold is held out: another one for each."""
    return int(generator(seed, Purpose.FOLD, repeat, fold).integers(2**63))
