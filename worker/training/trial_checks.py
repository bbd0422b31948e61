"""Is what is about to be trained sound? Three checks that take next to no time, each of which can
fail: what a network costs before it has learned, whether it learns a few rows by heart, and whether
rows whose labels mean nothing are answered by chance.
"""

import math
import time
from dataclasses import replace
from typing import Literal, NamedTuple

import numpy as np

from worker.data.augment import NONE
from worker.data.dataset import Split
from worker.data.digests import of_block
from worker.doctor.during import HIGH_COST
from worker.errors import Diverged, Stopped
from worker.findings.binomial import at_most
from worker.jsontypes import Json
from worker.nn.schedules import constant
from worker.training.fit import Fit
from worker.training.layer_plans import DropoutPlan
from worker.training.loop import Epoch
from worker.training.plan import Plan
from worker.training.trial_steps import ANEW, Stopwatch

EIGHT, MOST_STEPS, EIGHT_S = 8, 1_000, 0.25
LOOKED_AT = 10_000  # rows among which the eight are chosen
DEALT, DEALT_S = 64, 0.3
LEARNED = 0.9  # of the rows with dealt labels, by heart: a network that knows fewer shows nothing
DOUBT = 0.001  # of chance alone, that so many rows that were not learned from are right

Outcome = Literal["passed", "failed", "skipped"]


class Check(NamedTuple):
    """What a check has shown.

    Attributes:
        said: the same in a sentence; of one that was skipped, why.
        value, expected: what was measured, and what it was held against; None where nothing was.
    """

    name: str
    outcome: Outcome
    said: str
    value: float | None = None
    expected: float | None = None

    def told(self) -> Json:
        """It, for whoever is told of a trial."""
        return {"checks": [self._asdict()]}


class UntilLearned(Stopwatch):
    """A watcher that ends a training once every row is answered right, or the time is over.

    Attributes:
        last: the epoch that ended last.
    """

    def __init__(self, limit_s: float) -> None:
        super().__init__(1, 1)
        self._limit_s = limit_s
        self.last: Epoch | None = None

    def before_step(self) -> None:
        late = bool(self.marks) and time.perf_counter() - self.marks[0].at_s > self._limit_s
        if self.right == 1 or late:
            raise Stopped("Enough was seen.")

    def after_epoch(self, epoch: Epoch) -> None:
        self.last = epoch

    @property
    def right(self) -> float:
        """The share of the rows that the last epoch answered right."""
        return self.last.accuracy if self.last else 0.0


def first_cost(cost: float, plan: Plan) -> Check:
    """Is the cost of the first step about what a network costs that guesses?"""
    name, guess = "first_cost", math.log(plan.problem.classes)
    if plan.network.taken:
        return Check(name, "skipped", "It starts with the weights of a model, which knows much.")
    near = guess / HIGH_COST <= cost <= HIGH_COST * guess
    told = f"The first step costs {cost:.3g} per row; an even guess costs ln k = {guess:.3g}."
    return Check(name, "passed" if near else "failed", told, cost, guess)


def eight_rows(fit: Fit, row_s: float) -> Check:
    """Does the network learn eight rows by heart, with the optimizer and the learning rate that it
    has, but without dropout, changed pictures and a schedule?

    Args:
        row_s: seconds of a row in a step.
    """
    name, rows = "eight_rows", of_all_classes(fit.rows, EIGHT)
    if (why := too_slow(len(rows) * row_s, EIGHT_S)) is not None:
        return Check(name, "skipped", why)
    watch = UntilLearned(EIGHT_S)
    try:
        learned_by_heart(fit, rows, None, watch)
    except Diverged as error:
        return Check(name, "failed", f"Of {len(rows)} rows nothing was learned: {error}", 0.0, 1.0)
    steps = watch.last.epoch if watch.last else 0
    told = f"{watch.right:.0%} of {len(rows)} rows are answered right after {steps:,} steps on them"
    if watch.right == 1:
        return Check(name, "passed", f"{told}.", 1.0, 1.0)
    if steps < MOST_STEPS:
        return Check(name, "skipped", f"{told}, for which there was time.", watch.right, 1.0)
    return Check(name, "failed", f"{told}; all should be.", watch.right, 1.0)


def dealt_labels(fit: Fit, test: Split, row_s: float) -> Check:
    """Does a network that has learned labels without a meaning by heart answer other rows by
    chance? A row's label is dealt by what is in it. So rows to test on that are right more often
    are rows that were learned from.

    Args:
        row_s: seconds of a row in a step.
    """
    name, classes = "dealt_labels", fit.plan.problem.classes
    rows, others = (dealt(split.first(DEALT), classes) for split in (fit.rows, test))
    if (why := too_slow(len(rows) * row_s, DEALT_S)) is not None:
        return Check(name, "skipped", why)
    watch = UntilLearned(DEALT_S)
    try:
        learned_by_heart(fit, rows, others, watch)
    except Diverged as error:
        return Check(name, "skipped", f"Nothing was learned: {error}")
    if watch.last is None or watch.right < LEARNED or watch.last.validation_accuracy is None:
        told = f"In the time there was, {watch.right:.0%} of {len(rows)} dealt labels were learned."
        return Check(name, "skipped", told)
    share = watch.last.validation_accuracy
    chance = at_most(round((1 - share) * len(others)), len(others), 1 - 1 / classes)
    told = (
        f"Of {len(rows)} rows with labels that were dealt anew {watch.right:.0%} were learned by "
        f"heart; then {share:.0%} of {len(others)} test rows were right, chance being "
        f"{1 / classes:.0%}."
    )
    if chance >= DOUBT:
        return Check(name, "passed", told, share, 1 / classes)
    return Check(
        name, "failed", f"{told} Are rows to test on among the others?", share, 1 / classes
    )


def too_slow(step_s: float, limit_s: float) -> str | None:
    """Why a check is skipped whose steps take so long, if it is."""
    if step_s <= limit_s / 4:
        return None
    return f"A step takes {step_s:.2g} s, and there are {limit_s:g} s for all."


def learned_by_heart(fit: Fit, rows: Split, others: Split | None, watch: UntilLearned) -> None:
    """Train on these rows alone, all in one step, while the others are looked at.

    Raises:
        Diverged: the cost is no number.
    """
    plan = fit.plan
    layers = tuple(
        replace(layer, rate=0.0) if isinstance(layer, DropoutPlan) else layer
        for layer in plan.network.layers
    )
    plain = replace(
        plan,
        network=replace(plan.network, layers=layers),
        batches=replace(plan.batches, size=None, balanced=False, augmentation=NONE),
        schedule=lambda steps: constant(),
        epochs=MOST_STEPS,
        stopping=None,
    )
    how = fit.how._replace(watcher=watch)
    replace(fit, how=how, plan=plain, rows=rows, kept_out=others).network(ANEW)


def of_all_classes(split: Split, count: int) -> Split:
    """So many rows, of each class as many as of any other where it has them."""
    split = split.first(LOOKED_AT)
    rounds = np.empty(len(split), "int64")
    for label in np.unique(split.y):
        own = np.flatnonzero(split.y == label)
        rounds[own] = np.arange(len(own))
    rows = np.sort(np.argsort(rounds, kind="stable")[:count])
    return Split(split.x, split.y[rows], split.index[rows])


def dealt(split: Split, classes: int) -> Split:
    """The rows with labels that only depend on what is in each."""
    digests = of_block(split.samples(slice(None)).reshape(len(split), -1))
    return replace(split, y=(digests % np.uint64(classes)).astype("int64"))
