"""Plots of what lies between layers: bends, depth and starting weights."""

from collections.abc import Mapping, Sequence

import numpy as np
from matplotlib.axes import Axes

from benchmarks.curves import curve
from benchmarks.learning.depths import DEPTHS, FIVE
from benchmarks.learning.lines import Experiment
from benchmarks.learning.measures import (
    GUESS,
    Run,
    layers_of,
    losses_of,
    shrinkage,
    sizes_of,
)
from benchmarks.learning.samples import corners_of
from worker.nn.activations import ACTIVATIONS

Lines = Mapping[str, Sequence[Run]]
LARGEST = 10.0  # nats, of a loss that is shown
REACH = 4.0  # of Z, to both sides


def bends(experiment: Experiment, runs: Lines, *axes: Axes) -> None:
    """Above each curve and its slope; below what came of it at each depth."""
    curves, slopes, losses, shrinking = axes
    Z = np.linspace(-REACH, REACH, 121)
    for number, name in enumerate(FIVE):
        bend = ACTIVATIONS[name]
        A = bend.g(Z)
        curve(curves, number, name, [A], xs=Z.tolist())
        curve(slopes, number, name, [bend.slope(Z, A) + 0.0], xs=Z.tolist())
        of_depth = [runs[f"{name}_{depth}"] for depth in DEPTHS]
        for each, worth in ((losses, last_loss), (shrinking, shrunk)):
            seeds = list(zip(*([worth(run) for run in tried] for tried in of_depth), strict=True))
            curve(each, number, name, seeds, xs=DEPTHS, marker="o", markersize=3)
    curves.set(ylim=(-1.3, 3), xlabel="Z", ylabel="A = g(Z)")
    slopes.set(xlabel="Z", ylabel="slope g'(Z)")
    losses.axhline(GUESS, color="grey", linewidth=0.8)
    losses.set(yscale="log", xlabel="hidden layers", ylabel="loss, last epoch (nats)")
    shrinking.set(xlabel="hidden layers", ylabel="gradient is divided by, per layer")
    for each in (losses, shrinking):
        each.set_xticks(DEPTHS)


def last_loss(run: Run) -> float:
    return min(losses_of(run)[-1], LARGEST)


def shrunk(run: Run) -> float:
    return shrinkage(layers_of(run, 0))


def corners(experiment: Experiment, runs: Lines, *axes: Axes) -> None:
    """The plane of the first seed, and the points that were learned from."""
    points = corners_of(1, "train")
    for line, each in zip(experiment.lines, axes, strict=True):
        plane = runs[line.name][0].plane or []
        along = np.linspace(-1, 1, len(plane))
        each.contourf(along, along, plane, levels=np.linspace(0, 1, 11), cmap="cividis", alpha=0.8)
        for same, mark in ((True, "o"), (False, "x")):
            few = [(across, up) for across, up, is_so in points[:120] if is_so is same]
            each.plot(*zip(*few, strict=True), mark, color="black", markersize=3, alpha=0.6)
        each.set(title=line.title, xlabel="across", ylabel="up", aspect="equal")
        each.grid(visible=False)


def vanishing(experiment: Experiment, runs: Lines, left: Axes, right: Axes) -> None:
    """How large numbers are in each layer at the start, on the way there and on the way back."""
    for number, line in enumerate(experiment.lines):
        for axes, letter in ((left, "A"), (right, "dZ")):
            sizes = [sizes_of(run, letter) for run in runs[line.name]]
            curve(axes, number, line.title, sizes, marker="o", markersize=3)
    by_layer(left, "size of A, on the way there")
    by_layer(right, "size of dZ, on the way back")


def initializers(experiment: Experiment, runs: Lines, *axes: Axes) -> None:
    """Left relu, right tanh."""
    for activation, each in zip(("relu", "tanh"), axes, strict=True):
        for number, initializer in enumerate(("he", "xavier", "glorot")):
            tried = runs[f"{activation}_{initializer}"]
            sizes = [sizes_of(run, "A") for run in tried]
            curve(each, number, initializer, sizes, marker="o", markersize=3)
        by_layer(each, f"size of A, {activation}")
        each.set_ylim(1e-4, 5)


def by_layer(axes: Axes, what: str) -> None:
    axes.set(yscale="log", xlabel="layer (1 is next to the pixels)", ylabel=what)
    axes.set_xticks(range(1, 22, 4))
