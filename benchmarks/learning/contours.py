"""The cost over two weights, of raw and of standardized inputs, and the ways of four optimizers
down to its lowest point.

The network has one weight and one bias; its samples are pictures of one pixel. So a job can have it
too, and the costs of each way are held against those of the job that takes it.
"""

import statistics
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np

from benchmarks.learning.lines import SEEDS, Line, optimizer
from benchmarks.learning.measures import middle, reach
from benchmarks.learning.photo_sets import PhotoSet
from benchmarks.learning.samples import FILES
from benchmarks.learning.trials import Trials
from worker.jsontypes import Json
from worker.nn.arrays import Array
from worker.spec import JobSpec
from worker.training import build
from worker.training.central_differences import EXACT, CostOf
from worker.training.lesson_beginning import samples
from worker.training.problem import Problem

DATASET = "pixels"
FED = {"none": "raw", "standardize": "standardized"}
KINDS = ("sgd", "momentum", "rmsprop", "adam")
RATES = tuple(float(f"{10 ** (at / 4):.2g}") for at in range(-12, 9))  # a thousandth to a hundred
MOST_STEPS = 1000
# The way is done when so much of it is left, in cost, from the start down to the lowest.
LEFT = 0.01
ALIKE = 1e-9  # nats: the formulas and the job's kernels round otherwise
NETWORK = {"hidden_units": [], "activation": "identity", "initializer": "zeros"}


class Way(NamedTuple):
    """From step to step, the first before any.

    Attributes:
        points: weight and bias, (steps, 2).
        costs: in nats, (steps,).
    """

    points: Array
    costs: Array


class Ground(NamedTuple):
    """A cost over two weights, and what optimizers make of it."""

    cost: CostOf

    def at(self, weight: float, bias: float) -> float:
        W, b = self.cost.network.params
        W[0, 0], b[0] = weight, bias
        return self.cost.now()[0]

    def way(self, kind: str, rate: float) -> Way:
        """From zeros on, so many steps."""
        W, b = params = self.cost.network.params
        W[:], b[:] = 0, 0
        spec = spec_of("none", kind, rate, MOST_STEPS)
        steps, points, costs = build.optimizer(asked(spec).optimizer)(params), [], []
        for _ in range(MOST_STEPS):
            logits, tape = self.cost.network.forward(self.cost.inputs, EXACT)
            cost, dZ = self.cost.loss.cost(logits, self.cost.targets, 1)
            points.append((W[0, 0], b[0]))
            costs.append(float(cost))
            steps.step(tape.backward(dZ), rate)
        return Way(np.array(points), np.array(costs))


def spec_of(normalization: str, kind: str, rate: float, epochs: int) -> Json:
    return {
        "network": NETWORK,
        "normalization": normalization,
        **optimizer(kind, rate),
        "batch_size": "all",
        "precision": "float64",
        "epochs": epochs,
        # One pixel has one colour, of course.
        "accept": ["flat_pictures"],
    }


def asked(spec: Json) -> JobSpec:
    return JobSpec.model_validate({**spec, "dataset": f"ds_{0:032x}"})


def ground(normalization: str, seed: int) -> Ground:
    """As the service would have it, of pictures of this seed."""
    with tempfile.TemporaryDirectory() as folder:
        files = FILES[DATASET](Path(folder), seed)
        pictures = PhotoSet(DATASET, 1, 0, (), lambda given, into: files)
        dataset = pictures.imported(None, Path(folder))
        plan = build.plan(asked(spec_of(normalization, "sgd", 1, 1)), Problem.of_dataset(dataset))
        rows = np.arange(len(dataset.train))
        inputs = samples(plan, dataset.train, rows)
        _, network = plan.network.divided(plan.network.start("float64"))
        targets = plan.loss.targets(dataset.train.y, 2, inputs)
        return Ground(CostOf(network, inputs, plan.loss, targets))


class Found(NamedTuple):
    """What one optimizer makes of the ground of each seed, at the rate of the row at which it needs
    the fewest steps, in the middle of them.

    Attributes:
        steps: of each seed; infinite where there were too few.
        highest: the highest rate of the row at which it arrives with every seed, if there is one.
        ways: of each seed.
    """

    rate: float
    steps: list[float]
    highest: float | None
    ways: list[Way]


def found_by(kind: str, grounds: Sequence[Ground], lows: Sequence[float]) -> Found:
    ways = {rate: [each.way(kind, rate) for each in grounds] for rate in RATES}
    needed = {rate: list(map(steps_of, of, lows)) for rate, of in ways.items()}
    rate = min(needed, key=lambda rate: statistics.median(needed[rate]))
    arriving = [rate for rate, steps in needed.items() if max(steps) < np.inf]
    return Found(rate, needed[rate], max(arriving, default=None), ways[rate])


def steps_of(way: Way, low: float) -> float:
    """After how many steps the way is done, and stays so."""
    above = np.flatnonzero(~(way.costs - low <= LEFT * (way.costs[0] - low)))
    done = int(above[-1]) + 1 if len(above) else 0
    return done if done < len(way.costs) else np.inf


# Rates that are far too high overflow; the way is then none.
@np.errstate(all="ignore")
def everywhere(seeds: Sequence[int] = SEEDS) -> dict[str, dict[str, Found]]:
    """By normalization and optimizer."""
    grounds = {fed: [ground(fed, seed) for seed in seeds] for fed in FED}
    # Where it is lowest does not depend on how inputs are fed; standardized, sgd soon stands there.
    lows = [each.way("sgd", 1.0).costs.min() for each in grounds["standardize"]]
    return {fed: {kind: found_by(kind, of, lows) for kind in KINDS} for fed, of in grounds.items()}


def numbers_of(found: dict[str, dict[str, Found]]) -> Json:
    """A line for each normalization and optimizer."""
    return {
        f"{fed}_{kind}": {
            "title": f"{word}, {kind}",
            "spec": spec_of(fed, kind, found[fed][kind].rate, MOST_STEPS),
            "rate": found[fed][kind].rate,
            "highest": found[fed][kind].highest,
            "steps": middle(found[fed][kind].steps),
            "ranges": {"steps": reach(found[fed][kind].steps)},
        }
        for fed, word in FED.items()
        for kind in KINDS
    }


def gone(trials: Trials, found: dict[str, dict[str, Found]]) -> Json:
    """The numbers of all ways, each held against a job that goes it.

    Raises:
        RuntimeError: the costs of a job are others.
    """
    numbers = numbers_of(found)
    for name, line in numbers.items():
        fed, kind = name.split("_")
        run = trials.run(Line(name, line["title"], line["spec"], DATASET), SEEDS[0])
        told = np.array([row["loss"] for row in run.metrics])
        line["apart"] = middle([float(np.abs(told - found[fed][kind].ways[0].costs).max())])
        if not line["apart"] < ALIKE:
            raise RuntimeError(f"Expected the costs of the job of {name}, got {line['apart']} off.")
    return numbers
