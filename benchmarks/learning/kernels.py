"""Draws what the recipe `photos` has learned of the sketches, into docs/figures/kernels.svg: its
first kernels, and what its layers make of one cat.

It is trained for fewer epochs than the recipe's: the kernels have their form long before the end.
"""

import argparse
import tempfile
from collections.abc import Iterable
from pathlib import Path
from typing import NamedTuple

import matplotlib as mpl
import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure, SubFigure

from benchmarks.curves import STYLE
from benchmarks.learning.learning_page import FIGURES
from benchmarks.learning.photo_sets import SETS
from benchmarks.learning.photos import RECIPE, Listener
from worker.data.dataset import Dataset
from worker.jsontypes import Json
from worker.nn.arrays import Array
from worker.nn.layers import Activate
from worker.nn.network import Network
from worker.spec import JobSpec
from worker.spec.recipes import merged
from worker.system.machine import cores
from worker.training import build
from worker.training.fit import train
from worker.training.problem import Problem
from worker.training.serving_plan import serving_plan

EPOCHS, CAT = 8, 1
SHOWN = 8  # kernels in a row, and maps of a layer
# Each number is a square, and is kept once, however large it is shown.
PICTURES = {"axes.grid": False, "image.cmap": "gray", "image.interpolation": "none"}


class Seen(NamedTuple):
    """What a network has learned.

    Attributes:
        kernels: of its first convolution, (3, 3, 3, filters).
        picture: (h, w, 3), uint8.
        maps: behind each activation, (h, w, c).
    """

    kernels: Array
    picture: Array
    maps: list[Array]


def trained(dataset: Dataset, epochs: int, threads: int) -> Network:
    """The network as formulas, both normalizations in its weights."""
    changes: Json = {"dataset": dataset.id, "epochs": epochs}
    spec = JobSpec.model_validate(merged(RECIPE, changes))
    tensors = train(spec, dataset, Listener(), threads=threads).tensors
    plan = build.plan(spec, Problem.of_dataset(dataset))
    wide = {name: array.astype("float64") for name, array in tensors.items()}
    return serving_plan(plan.network).network_of(wide)


def seen(network: Network, dataset: Dataset) -> Seen:
    """What is learned, and what the layers make of the first cat that is tested with."""
    test = dataset.splits["test"]
    picture = test.samples(np.flatnonzero(test.y == CAT)[:1])
    kernels = next(layer.params[0] for layer in network.layers if layer.params)
    X, maps = picture.astype("float64"), []
    for layer in network.layers:
        X, _ = layer.forward(X)
        if isinstance(layer, Activate) and X.ndim == 4:
            maps.append(X[0])
    return Seen(kernels, picture[0], maps)


def draw(found: Seen, path: Path) -> None:
    with mpl.rc_context({**STYLE, **PICTURES}):
        figure = Figure(figsize=(8.4, 4.2), layout="constrained")
        left, right = figure.subfigures(1, 2, width_ratios=(2, 3))
        top, bottom = left.subfigures(2, 1, height_ratios=(2, 1))
        top.suptitle("a cat", fontsize=9)
        bare(top.subplots()).imshow(found.picture)
        bottom.suptitle("the first kernels", fontsize=9)
        grid(bottom, (kernel_picture(W) for W in np.moveaxis(found.kernels, -1, 0)), SHOWN)
        right.suptitle("what becomes of the cat, layer by layer", fontsize=9)
        grid(right, (map_ for layer in found.maps for map_ in liveliest(layer)), SHOWN)
        figure.savefig(path, metadata={"Date": None})


def grid(figure: SubFigure, pictures: Iterable[Array], columns: int) -> None:
    each = list(pictures)
    rows = -(-len(each) // columns)
    places = figure.subplots(rows, columns, squeeze=False).flat
    for axes, picture in zip(places, each, strict=False):
        bare(axes).imshow(picture)
    for axes in list(places)[len(each) :]:
        axes.axis("off")


def bare(axes: Axes) -> Axes:
    axes.axis("off")
    return axes


def kernel_picture(W: Array) -> Array:
    """A kernel's weights as colours: gray is 0, and the largest of them is full."""
    return 0.5 + 0.5 * W / np.abs(W).max()


def liveliest(maps: Array) -> list[Array]:
    """The channels of a layer that vary most over the picture."""
    order = maps.std(axis=(0, 1)).argsort()[::-1][:SHOWN]
    return [maps[:, :, channel] for channel in order]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--threads", type=int, default=min(2, cores()), help="of the training")
    parser.add_argument("--quick", action="store_true", help="see that it runs; writes nothing")
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        dataset = SETS["sketches"].imported(None, Path(folder))
        network = trained(dataset, 1 if asked.quick else EPOCHS, asked.threads)
        target = (Path(folder) if asked.quick else FIGURES) / "kernels.svg"
        draw(seen(network, dataset), target)
    if not asked.quick:
        print(f"wrote {target.name}")


if __name__ == "__main__":
    main()
