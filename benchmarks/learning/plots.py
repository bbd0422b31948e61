"""The plots of the pages on learning, as SVG that comes out the same for the same numbers."""

import math
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import matplotlib as mpl
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from benchmarks.curves import COLOURS, SIZE, STYLE, curve
from benchmarks.learning import depth_plots, size_plots
from benchmarks.learning.experiments import DEFAULTS, RATES
from benchmarks.learning.lines import Experiment, plain
from benchmarks.learning.measures import GUESS, Run, accuracy_of, layers_of, losses_of, worst

Lines = Mapping[str, Sequence[Run]]

FLOOR, CEILING = 1e-4, 10.0  # of a loss: what is beyond is as good, or as bad


def draw(experiment: Experiment, runs: Lines, path: Path) -> None:
    """Write the experiment's picture."""
    rows, columns = LAYOUTS.get(experiment.name, (1, 2))
    with mpl.rc_context(STYLE):
        figure = Figure(figsize=(SIZE[0], rows * SIZE[1]), layout="constrained")
        panels = figure.subplots(rows, columns, squeeze=False).ravel()
        PICTURES[experiment.name](experiment, runs, *panels)
        figure.suptitle(experiment.title, fontsize=10)
        figure.legend(*legend(panels), loc="outside lower center", ncols=5)
        figure.savefig(path, metadata={"Date": None})


def legend(panels: Sequence[Axes]) -> tuple[list[Artist], list[str]]:
    """Each name once, with the stroke that it has where it is seen first."""
    known: dict[str, Artist] = {}
    for panel in panels:
        for stroke, name in zip(*panel.get_legend_handles_labels(), strict=True):
            known.setdefault(name, stroke)
    return list(known.values()), list(known)


def bend(experiment: Experiment, runs: Lines, left: Axes, right: Axes) -> None:
    losses(experiment, runs, left)
    for number, line in enumerate(experiment.lines):
        reached = [accuracy(run) for run in runs[line.name]]
        right.plot(reached, [line.title] * len(reached), "o", color=COLOURS[number], markersize=4)
    right.invert_yaxis()
    right.set(xlabel="test accuracy, each seed (%)")


def depth(experiment: Experiment, runs: Lines, left: Axes, right: Axes) -> None:
    for number, line in enumerate(experiment.lines):
        norms = [layers_of(run, 0) for run in runs[line.name]]
        curve(left, number, line.title, norms, marker="o", markersize=3)
    left.set(
        yscale="log",
        xlabel="layer (1 is next to the pixels)",
        ylabel="gradient norm, end of first epoch",
    )
    left.set_xticks(range(1, 10))
    losses(experiment, runs, right)


def start(experiment: Experiment, runs: Lines, left: Axes, right: Axes) -> None:
    losses(experiment, runs, left)
    out_of_use(experiment, runs, right)


def optimizers(experiment: Experiment, runs: Lines, left: Axes, right: Axes) -> None:
    losses(experiment, runs, left)
    for number, line in enumerate(experiment.lines):
        rows = [
            [100 * row["layers"][0]["update_ratio"] for row in run.metrics]
            for run in runs[line.name]
        ]
        curve(right, number, line.title, rows)
    right.set(yscale="log", xlabel="epoch", ylabel="last step / weights, layer 1 (%)")


def rates(experiment: Experiment, runs: Lines, left: Axes, right: Axes) -> None:
    for number, kind in enumerate(DEFAULTS):
        by_rate = [runs[f"{kind}_{plain(rate)}"] for rate in RATES]
        for axes, worth in ((left, loss), (right, accuracy)):
            seeds = list(zip(*([worth(run) for run in tried] for tried in by_rate), strict=True))
            curve(axes, number, kind, seeds, xs=RATES, marker="o", markersize=3)
    left.axhline(GUESS, color="grey", linewidth=0.8)
    left.set(xscale="log", yscale="log", xlabel="learning rate", ylabel="loss, last epoch (nats)")
    right.set(xscale="log", xlabel="learning rate", ylabel="test accuracy (%)")


def losses(experiment: Experiment, runs: Lines, axes: Axes) -> None:
    """The loss by epoch: the median of the seeds, and the band from the lowest to the highest."""
    for number, line in enumerate(experiment.lines):
        rows = [[row["loss"] for row in run.metrics] for run in runs[line.name]]
        curve(axes, number, line.title, rows)
    axes.axhline(GUESS, color="grey", linewidth=0.8)
    axes.annotate("a guess", (1, GUESS), (2, 2), textcoords="offset points", color="grey")
    axes.set(yscale="log", xlabel="epoch", ylabel="loss (nats)")


def out_of_use(experiment: Experiment, runs: Lines, axes: Axes) -> None:
    """The share of units that are dead or saturated, in the layer that is worst off."""
    for number, line in enumerate(experiment.lines):
        rows = [
            [100 * worst(row["layers"], line.out_of_use) for row in run.metrics]
            for run in runs[line.name]
        ]
        curve(axes, number, line.title, rows)
    axes.set(ylim=(-3, 103), xlabel="epoch", ylabel="units out of use, worst layer (%)")


def loss(run: Run) -> float:
    """What a training came to, within what a plot can show; most for what diverged."""
    return min(max(FLOOR, losses_of(run)[-1]), CEILING)


def accuracy(run: Run) -> float:
    """In percent; that of a guess for what diverged."""
    value = accuracy_of(run)
    return 50.0 if math.isnan(value) else 100 * value


LAYOUTS = {"bends": (2, 2), "batch": (1, 3)}
PICTURES: dict[str, Callable[..., None]] = {
    "bend": bend,
    "corners": depth_plots.corners,
    "depth": depth,
    "bends": depth_plots.bends,
    "vanishing": depth_plots.vanishing,
    "batch_norm": depth,
    "start": start,
    "initializers": depth_plots.initializers,
    "normalization": start,
    "optimizers": optimizers,
    "rates": rates,
    "first_step": size_plots.first_step,
    "batch": size_plots.batch,
    "cache": size_plots.cache,
    "capacity": size_plots.capacity,
}
