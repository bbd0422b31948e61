"""The plot of the cost over two weights, and of the ways down."""

from collections.abc import Sequence
from pathlib import Path

import matplotlib as mpl
import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from benchmarks.curves import COLOURS, SIZE, STROKES, STYLE
from benchmarks.learning.contours import FED, KINDS, Found, Ground, ground
from benchmarks.learning.lines import SEEDS

GRID, SHOWN = 60, 60  # costs along each side of the plot, and steps of each way


def draw(found: dict[str, dict[str, Found]], path: Path) -> None:
    with mpl.rc_context(STYLE):
        figure = Figure(figsize=(SIZE[0], 4.2), layout="constrained")
        panels = figure.subplots(1, 2)
        for (fed, word), axes in zip(FED.items(), panels, strict=True):
            over_two_weights(
                axes, ground(fed, SEEDS[0]), list(found[fed].values()), alike=fed == "standardize"
            )
            axes.set(xlabel="weight", ylabel="bias", title=f"{word} inputs")
        figure.suptitle("The cost over two weights, and four ways down", fontsize=10)
        figure.legend(*panels[0].get_legend_handles_labels(), loc="outside lower center", ncols=4)
        figure.savefig(path, metadata={"Date": None})


def over_two_weights(axes: Axes, on: Ground, found: Sequence[Found], *, alike: bool) -> None:
    """Lines of equal cost, and each way by the point after every step; both weights at one scale if
    `alike`, but a narrow valley would be a line then."""
    ways = [each.ways[0].points[: SHOWN + 1] for each in found]
    points = np.concatenate(ways)
    middle_of, half = (points.min(axis=0) + points.max(axis=0)) / 2, np.ptp(points, axis=0) * 0.7
    if alike:
        half[:] = half.max()
        axes.set_aspect("equal")
    ends = zip(middle_of - half, middle_of + half, strict=True)
    across, up = (np.linspace(*each, GRID) for each in ends)
    costs = np.array([[on.at(weight, bias) for weight in across] for bias in up])
    levels = costs.min() + np.geomspace(0.002, costs.max() - costs.min(), 16)
    axes.contour(across, up, costs, levels=levels, colors="grey", linewidths=0.6)
    for number, (kind, way) in enumerate(zip(KINDS, ways, strict=True)):
        axes.plot(
            *way.T,
            color=COLOURS[number],
            linestyle=STROKES[number],
            label=kind,
            marker=".",
            markersize=3,
            linewidth=1,
            # Into a bowl two go the same way, and the one with the longer steps is to be seen.
            zorder=9 - number if alike else 9,
        )
    axes.grid(visible=False)
