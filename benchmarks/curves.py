"""How the plots of docs/ look, and one curve in them."""

import statistics
from collections.abc import Sequence

from matplotlib.axes import Axes

# Okabe and Ito's colours, which stay apart for the colour-blind; the strokes say it once more.
COLOURS = ("#d55e00", "#0072b2", "#009e73", "#cc79a7", "#56b4e9")
STROKES = ("-", "--", "-.", ":", (0, (5, 1, 1, 1, 1, 1)))
STYLE = {
    "svg.hashsalt": "purrceptron",
    # A white card: readable on a dark page too.
    "figure.facecolor": "white",
    "font.size": 9,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.grid": True,
    "grid.alpha": 0.25,
    "lines.linewidth": 1.6,
    "legend.fontsize": 8,
    "legend.frameon": False,
}
SIZE = (8.4, 3.5)  # inches


def curve(
    axes: Axes,
    number: int,
    title: str,
    seeds: Sequence[Sequence[float]],
    xs: Sequence[float] | None = None,
    **style: object,
) -> None:
    """Draw the median of the seeds, and the range between their extremes."""
    columns = list(zip(*seeds, strict=False))
    xs = xs or range(1, len(columns) + 1)
    colour = COLOURS[number]
    low, mid, high = ([f(column) for column in columns] for f in (min, statistics.median, max))
    axes.fill_between(xs, low, high, color=colour, alpha=0.15, linewidth=0)
    axes.plot(xs, mid, color=colour, linestyle=STROKES[number], label=title, **style)
