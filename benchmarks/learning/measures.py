"""What the jobs of a line came to: medians over the seeds, rounded as they are told, and from where
to where they go."""

import math
import statistics
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import NamedTuple

from benchmarks.learning.lines import Line
from worker.jsontypes import Json

DIGITS = 3
GUESS = math.log(2)  # what it costs to call both classes equally likely
LEARNED = GUESS / 2


class Run(NamedTuple):
    """A job as it ended, and its metrics; a job that diverged has those up to there.

    Attributes:
        job: empty where none was asked for.
        lesson: its first step on a few rows.
        plane: how sure the model is of one class, point by point.
    """

    job: Json
    metrics: list[Json]
    lesson: Json | None = None
    plane: list[list[float]] | None = None


def measures(line: Line, runs: Sequence[Run]) -> Json:
    """What the pages tell of a line; null stands for a number that is not there."""
    found: Json = {}
    if line.trained:
        norms = [layers for run in runs if (layers := layers_of(run, 0))]
        found |= told_of(TRAINING, line, runs)
        found["gradient_norms"] = [middle(layer) for layer in zip(*norms, strict=True)]
        found["findings"] = findings(runs)
    if line.lesson:
        told = told_of(LESSON, line, runs)
        ranges = {**found.get("ranges", {}), **told.pop("ranges")}
        found |= {**told, "ranges": ranges, "risen": sum(rise(run) > 1 for run in runs)}
    return found


Measure = Callable[[Line, Run], float]


def told_of(table: Mapping[str, Measure], line: Line, runs: Sequence[Run]) -> Json:
    """The medians of these measures, and from where to where each goes."""
    values = {name: [measure(line, run) for run in runs] for name, measure in table.items()}
    counts = {name: int(each[0]) for name, each in values.items() if name in COUNTS}
    ranges = {name: reach(each) for name, each in values.items() if name not in COUNTS}
    return {**{name: middle(each) for name, each in values.items()}, **counts, "ranges": ranges}


def reach(values: Sequence[float]) -> list[float | None]:
    """The least and the greatest of them, rounded likewise."""
    return [middle([min(values)]), middle([max(values)])]


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


def reached_epoch(run: Run, loss: float) -> float:
    """The first epoch whose loss is below this."""
    return next((row["epoch"] for row in run.metrics if row["loss"] < loss), math.inf)


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


def sizes_of(run: Run, letter: str) -> list[float]:
    """Of the arrays of a first step that are called so, the root of the mean square, by layer."""
    arrays = {array["name"]: array["numbers"] for array in (run.lesson or {})["arrays"]}
    found, number = [], 1
    while (rows := arrays.get(f"{letter}{number}")) is not None:
        found.append(math.sqrt(statistics.fmean(x * x for row in rows for x in row)))
        number += 1
    return found


def growth(sizes: Sequence[float]) -> float:
    """What each is of the one before, in the mean; the way from the samples to the first, and from
    the last to the answer, stand apart."""
    if len(sizes) < 2 or not sizes[0]:
        return math.inf
    return float((sizes[-1] / sizes[0]) ** (1 / (len(sizes) - 1)))


def rise(run: Run) -> float:
    """The cost after a first step, in proportion to that before it."""
    lesson = run.lesson or {}
    return float(lesson["cost_after"]) / float(lesson["cost_before"])


def moved(run: Run) -> float:
    """How far the first step moves a weight of the first layer, in the middle of those that it
    moves at all; of a large array its corner is looked at."""
    first = (run.lesson or {})["updates"][0]
    pairs = zip(first["before"], first["after"], strict=True)
    ways = [abs(b - a) for rows in pairs for a, b in zip(*rows, strict=True)]
    return statistics.median([way for way in ways if way] or [0.0])


def cached(run: Run, part: str) -> float:
    return float((run.lesson or {})["cache"][part])


# The same with every seed, and exact.
COUNTS = ("parameters", "forward", "backward", "without", "kept")
TRAINING: dict[str, Measure] = {
    "parameters": lambda line, run: sum(row["parameters"] for row in run.job["summary"]),
    "first_loss": lambda line, run: losses_of(run)[0],
    "loss": lambda line, run: losses_of(run)[-1],
    "lowest_loss": lambda line, run: min(losses_of(run)),
    "late_peak": lambda line, run: late_peak(run),
    "learned_epoch": lambda line, run: reached_epoch(run, LEARNED),
    "train_accuracy": lambda line, run: accuracy_of(run, "train"),
    "test_accuracy": lambda line, run: accuracy_of(run),
    "shrinks_by": lambda line, run: shrinkage(layers_of(run, 0)),
    "out_of_use": out_of_use,
}
LESSON: dict[str, Measure] = {
    "cost_before": lambda line, run: float((run.lesson or {})["cost_before"]),
    "cost_after": lambda line, run: float((run.lesson or {})["cost_after"]),
    "rise": lambda line, run: rise(run),
    "moved": lambda line, run: moved(run),
    # The last of dZ is the error of the answer itself.
    "forth": lambda line, run: growth(sizes_of(run, "A")),
    "back": lambda line, run: growth(sizes_of(run, "dZ")[-2::-1]),
    "forward": lambda line, run: cached(run, "forward"),
    "backward": lambda line, run: cached(run, "backward"),
    "without": lambda line, run: cached(run, "backward_without"),
    "kept": lambda line, run: cached(run, "numbers"),
    "times": lambda line, run: cached(run, "backward_without") / cached(run, "backward"),
}
