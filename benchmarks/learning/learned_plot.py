"""Draws results/learn.json into docs/figures/photos.svg."""

import argparse
import json
from pathlib import Path

import matplotlib as mpl
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from benchmarks.curves import COLOURS, SIZE, STYLE, curve
from benchmarks.learning.learning_page import LEARNED, PHOTOS
from worker.jsontypes import Json


def draw(sets: Json, path: Path) -> None:
    """Write the picture: the loss by epoch, and the test accuracy, with and without each part."""
    with mpl.rc_context(STYLE):
        figure = Figure(figsize=SIZE, layout="constrained")
        left, right = figure.subplots(1, 2)
        for number, found in enumerate(sets.values()):
            curve(left, number, found["title"], found["losses"])
            accuracies(right, number, found)
        left.set(xlabel="epoch", ylabel="loss, in training (nats)")
        right.set(xlabel="test accuracy (%)")
        right.invert_yaxis()
        figure.legend(*left.get_legend_handles_labels(), loc="outside lower center", ncols=3)
        figure.savefig(path, metadata={"Date": None})


def accuracies(axes: Axes, number: int, found: Json) -> None:
    """The means over the seeds, and the intervals in which they lie."""
    for name, each in {"the recipe": found, **found["ablation"]}.items():
        low, high = each["interval"] or [each["mean"]] * 2
        reach = [[100 * (each["mean"] - low)], [100 * (high - each["mean"])]]
        axes.errorbar(
            100 * each["mean"], name, xerr=reach, color=COLOURS[number], marker="o", markersize=4
        )


def main() -> None:
    argparse.ArgumentParser(description=__doc__).parse_args()
    if not LEARNED.exists():
        raise SystemExit(f"Expected {LEARNED}; python -m benchmarks.learning.photos makes it.")
    draw(json.loads(LEARNED.read_text())["sets"], PHOTOS)
    print(f"wrote {PHOTOS.name}")


if __name__ == "__main__":
    main()
