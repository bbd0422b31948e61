"""The datasets of the pages on learning, as files to upload.

python -m benchmarks.learning.samples thumbs FOLDER
"""

import argparse
import inspect
from collections.abc import Callable
from functools import cache, partial
from pathlib import Path

import numpy as np

from benchmarks.learning.lines import SKETCHES
from service.cli.samples import draw_files
from worker.data import sketches
from worker.data.hdf5 import reader
from worker.nn.arrays import Array

# Of the sketches, as they are drawn where nobody asks for more.
TRAIN_ROWS, TEST_ROWS = (
    int(inspect.signature(sketches.draw).parameters[name].default)
    for name in ("train_rows", "test_rows")
)
SIDE = 8  # pixels of a thumb's edge
TESTED = 1000  # thumbs
LIGHT, SPREAD = 5.0, 3.0  # mean and deviation of the pixel that is all of a picture
WRONG = 5  # of so many labels one is wrong


def thumbs(folder: Path, seed: int) -> list[Path]:
    """The sketches, so small that each has fewer numbers than there are pictures."""
    return relabelled(folder, lambda labels: labels)


def noisy(folder: Path, seed: int) -> list[Path]:
    """The same; some of those to learn from are called what they are not."""
    return relabelled(folder, partial(partly_wrong, seed=seed))


def dealt(folder: Path, seed: int) -> list[Path]:
    """The same; the labels of those to learn from are dealt anew, so that nothing but each picture
    itself tells what it is called."""
    return relabelled(folder, np.random.default_rng(seed).permutation)


def partly_wrong(labels: Array, seed: int) -> Array:
    wrong = np.random.default_rng(seed).permutation(len(labels))[: len(labels) // WRONG]
    changed = labels.copy()
    changed[wrong] = 1 - changed[wrong]
    return changed


def relabelled(folder: Path, change: Callable[[Array], Array]) -> list[Path]:
    drawn, files = drawn_thumbs(), []
    for split, x, y in (
        ("train", drawn.train_x, change(drawn.train_y)),
        ("test", drawn.test_x, drawn.test_y),
    ):
        files.append(folder / f"{split}.h5")
        reader.write(files[-1], split, x, y, sketches.CLASSES)
    return files


@cache
def drawn_thumbs() -> sketches.Sketches:
    drawn = sketches.draw(test_rows=TESTED)
    return drawn._replace(train_x=shrunk(drawn.train_x), test_x=shrunk(drawn.test_x))


def shrunk(pictures: Array) -> Array:
    """The mean of each block of pixels, (m, 8, 8, 3)."""
    m, side, *_ = pictures.shape
    blocks = pictures.reshape(m, SIDE, side // SIDE, SIDE, side // SIDE, 3)
    return np.round(blocks.mean(axis=(2, 4))).astype("uint8")


def corners(folder: Path, seed: int) -> list[Path]:
    """Points of a plane: those of two corners that face each other against those of the others."""
    files = []
    for split in ("train", "test"):
        points = corners_of(seed, split)
        rows = [f"{a!r},{u!r},{'same' if is_so else 'other'}" for a, u, is_so in points]
        files.append(folder / f"{split}.csv")
        files[-1].write_text("\n".join(["across,up,label", *rows, ""]))
    return files


def corners_of(seed: int, split: str) -> list[tuple[float, float, bool]]:
    """Each point, and whether both of its numbers have the same sign."""
    rng = np.random.default_rng((seed, split == "test"))
    return [(across, up, across * up > 0) for across, up in rng.uniform(-1, 1, (400, 2)).tolist()]


def pixels(folder: Path, seed: int) -> list[Path]:
    """Pictures of one dark pixel, which is red: the lighter, the likelier it is a 1."""
    rng, arrays = np.random.default_rng(seed), {}
    for split in ("train", "test"):
        light = np.clip(np.round(rng.normal(LIGHT, SPREAD, 200)), 0, 255)
        arrays[f"x_{split}"] = np.zeros((len(light), 1, 1, 3), "uint8")
        arrays[f"x_{split}"][:, 0, 0, 0] = light
        chance = 1 / (1 + np.exp(-(light - LIGHT) / 2))
        arrays[f"y_{split}"] = (rng.random(len(light)) < chance).astype("int64")
    np.savez(folder / "pixels.npz", **arrays)
    return [folder / "pixels.npz"]


FILES: dict[str, Callable[[Path, int], list[Path]]] = {
    SKETCHES: lambda folder, seed: draw_files(folder),
    "thumbs": thumbs,
    "noisy": noisy,
    "dealt": dealt,
    "corners": corners,
    "pixels": pixels,
}


def main() -> None:
    parser = argparse.ArgumentParser(description="Write the files of a dataset.")
    parser.add_argument("dataset", choices=FILES)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--seed", type=int, default=1)
    asked = parser.parse_args()
    asked.folder.mkdir(parents=True, exist_ok=True)
    for path in FILES[asked.dataset](asked.folder, asked.seed):
        print(path)


if __name__ == "__main__":
    main()
