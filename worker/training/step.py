"""The steps of a training, recorded once and taken many times."""

from typing import NamedTuple

from worker.data.batches import Batches
from worker.nn.arrays import Array
from worker.nn.engines.base import BAD_STEP, COST_SUM, RIGHT, Program, TrainingEngine
from worker.nn.engines.batch import Form, Rows
from worker.nn.engines.step_numbers import numbers_of
from worker.nn.network import Network
from worker.nn.normalization import Normalization
from worker.training.layer_stats import Vitals, places
from worker.training.plan import Plan

PIECE = 1_024  # rows looked at together


class Outcome(NamedTuple):
    """What some steps cost, summed over their rows; how many answers were right; and the first step
    whose cost was no number, counted from 1, or 0."""

    cost: float
    right: int
    bad_step: int


class Steps:
    """Forward, backward, update: on the batches of a job, by its optimizer.

    Attributes:
        network: what is trained: the layers that learn.
        optimizer: what trains it.
        vitals: looks after it.
        averages: of the network's `arrays`, over the last steps, if the plan wants any.
    """

    def __init__(
        self,
        plan: Plan,
        network: Network,
        normalization: Normalization,
        batches: Batches,
        do: TrainingEngine,
    ) -> None:
        self._do = do
        self._plan, self._normalization, self._batches = plan, normalization, batches
        self._decay = plan.average_weights
        self._frozen, self.network = plan.network.divided(network)
        own = [] if self._decay is None else self.network.arrays
        self.averages = [do.copy(array) for array in own]
        network.to(self._do.copy)
        self.optimizer = plan.optimizer(self.network.params)
        self.optimizer.to(lambda moment: self._do.empty(*moment.shape))
        self.vitals = Vitals(self.network, self._do, frozen=places(self._frozen))
        self._programs: dict[tuple[int, bool], Program] = {}
        self._looks: dict[int, Program] = {}

    def take(self, rows: Rows, first: int, rates: list[float], before: Outcome) -> Outcome:
        """Take steps of an epoch, all of them with batches of one size.

        Args:
            rows: those of the epoch.
            first: the first step, counted from 0.
            rates: the learning rate of each.
            before: what came of the epoch's steps before.
        """
        cells, batches, count = self._do.cells, self._batches, len(rates)
        last = first + count == batches.steps
        cells[COST_SUM], cells[RIGHT], cells[BAD_STEP] = before.cost, before.right, 0
        self.optimizer.t += count
        numbers = numbers_of(self.optimizer, rates, self._decay)
        program = self._program(batches.of_step(first), last)
        program.run(rows, first * batches.size, numbers)
        bad = int(cells[BAD_STEP])
        return Outcome(float(cells[COST_SUM]), int(cells[RIGHT]), first + bad if bad else 0)

    @property
    def answering(self) -> list[Array]:
        """The network's `arrays` with which it answers: the averages, where there are any."""
        return self.averages or self.network.arrays

    def look(self, batches: Batches) -> Outcome:
        """What all rows cost as the network answers."""
        cells, rows = self._do.cells, batches.in_order()
        cells[COST_SUM] = cells[RIGHT] = cells[BAD_STEP] = 0
        # Of pictures no more than a step has: there is a place for these in every layer.
        piece = self._batches.size if self._plan.network.pictures else PIECE
        whole, rest = divmod(batches.rows, piece)
        for first, size, count in ((0, piece, whole), (whole * piece, rest, 1)):
            if size and count:
                self._look(size).run(rows, first, numbers_of(None, [0.0] * count))
        return Outcome(float(cells[COST_SUM]), int(cells[RIGHT]), 0)

    def _program(self, rows: int, last: bool) -> Program:
        """A step of so many rows; the last one of an epoch tells more."""
        if (rows, last) not in self._programs:
            self._programs[rows, last] = self._do.record(rows, lambda: self._step(last))
        return self._programs[rows, last]

    def _look(self, rows: int) -> Program:
        def answer() -> None:
            samples = self._do.batch(self._normalization, **self._batches.form)
            inputs = seen_through(self._frozen, samples, self._do)
            with self.network.holding(self.answering):
                logits, _ = self.network.forward(inputs, self._do)
            self._do.cost(self._plan.loss, logits)

        if rows not in self._looks:
            self._looks[rows] = self._do.record(rows, answer, training=False)
        return self._looks[rows]

    def _step(self, last: bool) -> None:
        """What a step is, for the engine to write down."""
        do, plan = self._do, self._plan
        inputs = seen_through(self._frozen, self._samples(), do)
        logits, tape = self.network.forward(inputs, do)
        gradients = tape.backward(do.cost(plan.loss, logits, plan.label_smoothing))
        self.vitals.watch(tape)
        if last:
            self.vitals.before_last_step(gradients)
        if plan.l2:
            for g, p in zip(gradients, self.network.params, strict=True):
                if p.ndim > 1:
                    do.add_scaled(g, plan.l2, p)
        if plan.clip_norm is not None:
            do.limit(gradients, plan.clip_norm)
        do.update(self.optimizer, gradients)
        for kept, own in zip(self.averages, self.network.arrays, strict=False):
            do.average(kept, own)
        if last:
            self.vitals.after_last_step(tape)

    def _samples(self) -> Array:
        do, batches = self._do, self._batches
        if not batches.unchanging:
            form: Form = {**batches.form, "changed": batches.changed}
            return do.batch(self._normalization, **form)
        return do.whole_batch(self._normalization, batches.in_order(), **batches.form)


def seen_through(frozen: Network, samples: Array, do: TrainingEngine) -> Array:
    """What the frozen layers make of samples. No way back through them is recorded."""
    with do.answering():
        return frozen.forward(samples, do)[0]
