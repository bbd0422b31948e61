"""Draws results/scaling.json into docs/images/scaling.svg."""

import argparse
import json
from pathlib import Path

import matplotlib as mpl
import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from benchmarks.curves import SIZE, STYLE, curve
from benchmarks.pages import DOCS
from benchmarks.setting import RESULTS
from worker.jsontypes import Json

PICTURE = DOCS / "images" / "scaling.svg"


def draw(found: Json, path: Path) -> None:
    """Write the picture: an epoch by its rows, a step by its parameters."""
    with mpl.rc_context(STYLE):
        figure = Figure(figsize=SIZE, layout="constrained")
        left, middle, right = figure.subplots(1, 3)
        growth(left, 0, found["rows"], "rows", "seconds_per_epoch", 1)
        growth(middle, 1, found["inputs"], "parameters", "seconds_per_step", 1e6)
        growth(right, 2, found["units"], "parameters", "seconds_per_step", 1e6)
        left.set(xlabel="rows", ylabel="an epoch (seconds)")
        middle.set(xlabel="parameters, by inputs", ylabel="a step of 512 rows (microseconds)")
        right.set(xlabel="parameters, by units")
        figure.suptitle("How the cost grows", fontsize=10)
        figure.savefig(path, metadata={"Date": None})


def growth(axes: Axes, number: int, found: Json, size: str, cost: str, unit: float) -> None:
    """What was measured, as median and band, and the straight line through the logarithms."""
    sizes = [point["sizes"][size] for point in found["points"]]
    costs = [unit * point[cost]["median"] for point in found["points"]]
    slope, start = np.polyfit(np.log(sizes), np.log(costs), 1)
    fitted = np.exp(start) * np.array(sizes) ** slope
    axes.plot(sizes, fitted, color="grey", linewidth=1, label=f"to the power of {slope:.2f}")
    rounds = zip(*(point[cost]["all"] for point in found["points"]), strict=True)
    turns = [[unit * seconds for seconds in turn] for turn in rounds]
    curve(axes, number, "measured", turns, xs=sizes, marker="o", markersize=4)
    axes.set(xscale="log", yscale="log")
    axes.legend(loc="lower right")


def main() -> None:
    argparse.ArgumentParser(description=__doc__).parse_args()
    results = RESULTS / "scaling.json"
    if not results.exists():
        raise SystemExit(f"Expected {results}; python -m benchmarks.core.scaling makes it.")
    PICTURE.parent.mkdir(exist_ok=True)
    draw(json.loads(results.read_text()), PICTURE)
    print(f"wrote {PICTURE.name}")


if __name__ == "__main__":
    main()
