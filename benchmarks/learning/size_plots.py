"""Plots of sizes: of a batch, of what is kept, of a first step, of a network."""

import statistics
from collections.abc import Mapping, Sequence

from matplotlib.axes import Axes

from benchmarks.curves import curve
from benchmarks.learning.lines import Experiment, plain
from benchmarks.learning.measures import Run, accuracy_of, cached, rise
from benchmarks.learning.samples import TRAIN_ROWS
from benchmarks.learning.sizes import (
    BATCH_EPOCHS,
    KEPT_DEPTHS,
    LABELS,
    STEP_KINDS,
    STEP_RATES,
    STEP_SIDES,
    UNITS,
)
from benchmarks.learning.summaries import BATCH_LOSS, fastest

Lines = Mapping[str, Sequence[Run]]


def batch(experiment: Experiment, runs: Lines, *axes: Axes) -> None:
    """How long an epoch takes, how many are needed, and both together."""
    found = [fastest(runs, rows) for rows in BATCH_EPOCHS]
    rows = [TRAIN_ROWS if size == "all" else int(size) for size in BATCH_EPOCHS]
    words = (
        "milliseconds for an epoch",
        f"epochs to a loss of {BATCH_LOSS}",
        "seconds to that loss",
    )
    for number, (each, word) in enumerate(zip(axes, words, strict=True)):
        # As many jobs of one size as of another need not have come to an end.
        values = [fast.values[number] for fast in found]
        ends = [[f(of) for of in values] for f in (min, statistics.median, max)]
        curve(each, number, word, ends, xs=rows, marker="o", markersize=3)
        each.set(xscale="log", yscale="log", xlabel="rows in a step", title=word)


def cache(experiment: Experiment, runs: Lines, left: Axes, right: Axes) -> None:
    """Multiplications of a step, by the number of layers."""
    tried = [runs[f"layers_{n}"][0] for n in KEPT_DEPTHS]
    parts = {
        "the way there": "forward",
        "the way back, with what was kept": "backward",
        "the way back, with nothing kept": "backward_without",
    }
    for number, (title, part) in enumerate(parts.items()):
        counts = [cached(run, part) / 1e6 for run in tried]
        curve(left, number, title, [counts], xs=KEPT_DEPTHS, marker="o", markersize=3)
    times = [cached(run, "backward_without") / cached(run, "backward") for run in tried]
    curve(right, 2, title, [times], xs=KEPT_DEPTHS, marker="o", markersize=3)
    left.set(xlabel="hidden layers", ylabel="million multiplications, four rows", yscale="log")
    right.set(xlabel="hidden layers", ylabel="times as many with nothing kept")


def first_step(experiment: Experiment, runs: Lines, *axes: Axes) -> None:
    """What becomes of the cost of the four rows, by the learning rate: with the worst seed."""
    for (dataset, side), each in zip(STEP_SIDES.items(), axes, strict=True):
        for number, kind in enumerate(STEP_KINDS):
            by_rate = [runs[f"{dataset}_{kind}_{plain(rate)}"] for rate in STEP_RATES]
            worst = [max(map(rise, tried)) for tried in by_rate]
            curve(each, number, kind, [worst], xs=STEP_RATES, marker="o", markersize=3)
        each.axhline(1, color="grey", linewidth=0.8)
        each.set(xscale="log", yscale="log", xlabel="learning rate", title=f"pictures of {side}")
        each.set(ylabel="cost after the step / before, worst seed", ylim=(0.3, 200))


def capacity(experiment: Experiment, runs: Lines, *axes: Axes) -> None:
    """Accuracy by the number of parameters: on what was learned from, and on new pictures."""
    sizes = [runs[f"thumbs_{units}"][0] for units in UNITS]
    parameters = [sum(row["parameters"] for row in run.job["summary"]) for run in sizes]
    for number, (dataset, title) in enumerate(LABELS.items()):
        by_size = [runs[f"{dataset}_{units}"] for units in UNITS]
        for each, split in zip(axes, ("train", "test"), strict=True):
            values = ([100 * accuracy_of(run, split) for run in tried] for tried in by_size)
            seeds = list(zip(*values, strict=True))
            curve(each, number, title, seeds, xs=parameters, marker="o", markersize=3)
    for each, word in zip(axes, ("pictures it learned from", "new pictures"), strict=True):
        each.axvline(TRAIN_ROWS, color="grey", linewidth=0.8)
        each.set(xscale="log", xlabel="parameters", ylabel=f"right on {word} (%)")
