"""What the jobs of a line came to: medians over the seeds, rounded as they are told."""

import math
import statistics
from collections import Counter
from collections.abc import Iterable, Sequence
from typing import NamedTuple

from benchmarks.learning.experiments import Line
from worker.jsontypes import Json

DIGITS = 3
GUESS = math.log(2)  # what it costs to call both classes equally likely
LEARNED = GUESS / 2


class Run(NamedTuple):
    """A job as it ended, and its metrics; a job that diverged has those up to there."""

    job: Json
    metrics: list[Json]


def measures(line: Line, runs: Sequence[Run]) -> Json:
    """What the page tells of a line; null stands for a number that is not there."""
    norms = [layers_of(run, 0) for run in runs]
    return {
        "first_loss": middle(losses_of(run)[0] for run in runs),
        "loss": middle(losses_of(run)[-1] for run in runs),
        "lowest_loss": middle(min(losses_of(run)) for run in runs),
        "late_peak": middle(late_peak(run) for run in runs),
        "learned_epoch": middle(learned_epoch(run) for run in runs),
        "train_accuracy": middle(accuracy_of(run, "train") for run in runs),
        "test_accuracy": middle(accuracy_of(run) for run in runs),
        "gradient_norms": [middle(layer) for layer in zip(*norms, strict=True)],
        "shrinks_by": middle(shrinkage(layers) for layers in norms),
        "out_of_use": middle(out_of_use(line, run) for run in runs),
        "findings": findings(runs),
    }


def middle(values: Iterable[float]) -> float | None:
    """The median, rounded to a few digits; nothing where it is not a number to tell."""
    median = statistics.median(values)
    return float(f"{median:.{DIGITS}g}") if math.isfinite(median) else None


def losses_of(run: Run) -> list[float]:
    """Of every epoch; whoever diverged has nothing to show."""
    if run.job["state"] != "succeeded":
        return [math.inf]
    return [float(row["loss"]) for row in run.metrics]


def late_peak(run: Run) -> float:
    """The highest loss of the second half: how far it still leaps when it should be done."""
    losses = losses_of(run)
    return max(losses[len(losses) // 2 :])


def learned_epoch(run: Run) -> float:
    """The first epoch whose loss is below half of what a guess costs."""
    return next((row["epoch"] for row in run.metrics if row["loss"] < LEARNED), math.inf)


def accuracy_of(run: Run, split: str = "test") -> float:
    result = run.job["result"]
    return float(result[split]["accuracy"]) if result else math.nan


def layers_of(run: Run, epoch: int) -> list[float]:
    """The gradient norm of each layer with weights; a batch normalization has none."""
    if not run.metrics:
        return []
    norms, layers = run.metrics[epoch]["gradient_norms"], run.metrics[epoch]["layers"]
    return [
        float(norm)
        for norm, layer in zip(norms, layers, strict=True)
        if layer["weight_norm"] is not None
    ]


def shrinkage(norms: Sequence[float]) -> float:
    """By what the gradient is divided at each layer on its way back, in the mean.

    The first layer stands apart: it has a weight for every pixel, so its norm sums over far more.
    """
    if len(norms) < 3 or not norms[1]:
        return math.inf
    return float((norms[-1] / norms[1]) ** (1 / (len(norms) - 2)))


def out_of_use(line: Line, run: Run) -> float:
    """At the last epoch that there was."""
    return worst(run.metrics[-1]["layers"], line.out_of_use) if run.metrics else math.nan


def worst(layers: Sequence[Json], sign: str) -> float:
    """The share of units of the hidden layer that is worst off."""
    # Where a batch normalization stands between, the signs are told of that.
    shares = [float(layer[sign]) for layer in layers[:-1] if layer[sign] is not None]
    return max(shares, default=0.0)


def findings(runs: Sequence[Run]) -> list[Json]:
    """What the doctor found, in how many of the jobs, and the first patch it gave for it."""
    found = [finding for run in runs for finding in run.job["findings"]]
    counts = Counter(finding["code"] for finding in found)
    first = {finding["code"]: finding for finding in reversed(found)}
    return [
        {"code": code, "jobs": count, "patch": first[code]["patch"]}
        for code, count in counts.items()
    ]
