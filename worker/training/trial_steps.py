"""How long the epochs of a training take: the first steps of it are taken, and no more."""

import time
from dataclasses import replace
from itertools import pairwise
from typing import NamedTuple

from worker.doctor.chart import Statistics
from worker.errors import Stopped
from worker.nn.network import Network
from worker.training.fit import Fit
from worker.training.gradient_check import Proof
from worker.training.loop import Epoch, Run
from worker.training.sizes import Sizes
from worker.training.time_estimate import WAYS, watching, work
from worker.training.turn import ALONE, Start, Turn

LONG_S = 0.5  # for which steps are taken after the first ones; a few are, however long they take
FEW_EPOCHS = 3  # that tell how long one takes
# Multiplications in a second on a thread where they are slow; how long a step may take by that, and
# how long by what smaller ones took.
SLOW, UNTRIED_S, TRIED_S = 3 * 10**9, 0.25, 0.35
LEAST_ROWS = 8  # in a step, where a job has as many
ANEW = Start(ALONE, None, None)


class Mark(NamedTuple):
    """When so many steps had been taken in all, and whether an epoch was over then."""

    at_s: float
    steps: int
    ends_epoch: bool


class Stopwatch:
    """A watcher of a training that notes the time, and ends it once it has seen enough.

    Attributes:
        marks: one after every few steps.
        first_cost: of a row of the first steps, on an average.
    """

    def __init__(self, steps: int, batch: int) -> None:
        """
        Args:
            steps: of an epoch.
            batch: rows of a step.
        """
        self._steps, self._batch = steps, batch
        self._began_s = time.perf_counter()
        self.marks: list[Mark] = []
        self.first_cost = 0.0

    def before_step(self) -> None:
        if len(self.marks) > 1 and time.perf_counter() - self.marks[0].at_s > LONG_S:
            raise Stopped("Enough was seen.")

    def after_step(self, run: Run) -> None:
        at = run.at
        if not self.marks and at.step:
            self.first_cost = at.cost_sum / (at.step * self._batch)
        done = at.epoch * self._steps + at.step
        self.marks.append(Mark(time.perf_counter(), done, at.step == 0))

    def after_epoch(self, epoch: Epoch) -> None:
        if not self.marks:
            self.first_cost = epoch.loss

    def before_training(self, statistics: Statistics, turn: Turn) -> None:
        """Not called: only steps are taken."""

    def after_gradient_check(self, proof: Proof) -> None:
        """Not called either."""

    def after_timing(self, shares: list[float]) -> None:
        """Not called either."""

    def after_training(self) -> None:
        """What the time was is noted already."""

    @property
    def first_s(self) -> float:
        """Seconds until the weights were there, and the first steps were recorded and taken."""
        return self.marks[0].at_s - self._began_s

    @property
    def others_s(self) -> float:
        """Of all later steps."""
        return self.marks[-1].at_s - self.marks[0].at_s

    # Means and no medians: where others use the machine, every now and then a step waits for them,
    # and so will those of the job.

    @property
    def step_s(self) -> float:
        """Of a step that is not the last one of an epoch; of any where there is no other."""
        found = [*pairwise(self.marks)]
        within = [pair for pair in found if not pair[1].ends_epoch] or found
        took = sum(after.at_s - at.at_s for at, after in within)
        return took / sum(after.steps - at.steps for at, after in within)

    @property
    def epoch_s(self) -> float | None:
        """Of an epoch with what comes at its end; None where too few were seen."""
        ends = [mark.at_s for mark in self.marks if mark.ends_epoch]
        if len(ends) < FEW_EPOCHS:
            return None
        return (ends[-1] - ends[0]) / (len(ends) - 1)


class Taken(NamedTuple):
    """The first steps of a training.

    Attributes:
        network: as they left it, on the host.
        starting_s: until the first of them was recorded.
        training_s: of all steps of the training.
        row_s: of a row in a step.
        first_cost: of a row of the first steps, on an average.
    """

    network: Network
    starting_s: float
    training_s: float
    row_s: float
    first_cost: float


def taken(job: Sizes, fit: Fit) -> Taken:
    """Takes the first steps, of fewer rows where one would take too long.

    Raises:
        Diverged: their cost is no number.
    """
    batch = fitting(job.batch, WAYS * work(job) / (SLOW * job.threads), UNTRIED_S)
    found = timed(job, batch, fit)
    if batch < job.batch and (more := fitting(job.batch, found.row_s, TRIED_S)) > 2 * batch:
        found = timed(job, more, fit)
    return found


def fitting(rows: int, row_s: float, most_s: float) -> int:
    """Rows of a step that takes no longer than that, one of so many rows being wanted."""
    return min(rows, max(LEAST_ROWS, int(most_s / max(row_s, 1e-12))))


def timed(job: Sizes, batch: int, fit: Fit) -> Taken:
    """The same with steps of so many rows."""
    steps, plan = -(-job.learned // batch), fit.plan
    watch = Stopwatch(steps, batch)
    if batch < job.batch:
        plan = replace(plan, batches=replace(plan.batches, size=batch))
    how = fit.how._replace(watcher=watch)
    network, end = replace(fit, plan=plan, how=how).network(ANEW)
    if end.ended_by != Stopped.code:  # it is so short that all of it was seen
        training_s, starting_s = watch.others_s, watch.first_s
        row_s = (training_s or starting_s) / (job.learned * job.plan.epochs)
    else:
        validating_s = watch.step_s / batch / WAYS * job.kept_out
        epoch_s = watch.epoch_s or steps * watch.step_s + validating_s
        training_s, starting_s = job.plan.epochs * epoch_s, max(0.0, watch.first_s - watch.step_s)
        row_s = watch.step_s / batch
    return Taken(network, starting_s, training_s + watching(job), row_s, watch.first_cost)
