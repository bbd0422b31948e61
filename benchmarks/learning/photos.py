"""What the recipe `photos` reaches, and in how many minutes: the mean test accuracy over seeds.

`--data` names a folder with the course's two files and pets.zip; pictures that are not there are
left out. `--ablation` also trains without one part of the recipe after the other. The numbers go to
results/learn.json and into docs/learning.md.
"""

import argparse
import statistics
import sys
import tempfile
import time
from collections.abc import Sequence
from math import sqrt
from pathlib import Path

from benchmarks import setting
from benchmarks.core.ours import Silent
from benchmarks.learning.learning_page import write_pages
from benchmarks.learning.photo_sets import SETS
from worker.data.dataset import Dataset
from worker.doctor.chart import Statistics
from worker.jsontypes import Json
from worker.spec import JobSpec
from worker.spec.augmentation import AugmentationSpec
from worker.spec.recipes import RECIPES, merged
from worker.training.fit import train
from worker.training.gradient_check import Proof
from worker.training.loop import Epoch
from worker.training.turn import Turn

RECIPE = RECIPES["photos"].spec
BLOCKS = RECIPE["network"]["blocks"]
# What is said otherwise than in the recipe.
ABLATION: dict[str, Json] = {
    "without batch normalization": {"network": {"batch_norm": False}},
    "without augmentation": {"augmentation": AugmentationSpec().model_dump()},
    "without averaging": {"average_weights": None},
    "without smoothing": {"label_smoothing": 0.0},
    "half as deep": {"network": {"blocks": BLOCKS[: len(BLOCKS) // 2]}},
}
ABLATION_SEEDS = 3
# The 97.5 % points of Student's t, for one degree of freedom and more; the last one is more than
# enough for all that follow.
T95 = (12.706, 4.303, 3.182, 2.776, 2.571, 2.447, 2.365, 2.306, 2.262)
DIGITS = 4


class Listener(Silent):
    """Notes the loss of each epoch."""

    def __init__(self) -> None:
        self.losses: list[float] = []

    def before_training(self, statistics: Statistics, turn: Turn) -> None:
        pass

    def after_gradient_check(self, proof: Proof) -> None:
        pass

    def after_timing(self, shares: list[float]) -> None:
        pass

    def after_training(self) -> None:
        pass

    def after_epoch(self, epoch: Epoch) -> None:
        self.losses.append(float(f"{epoch.loss:.{DIGITS}g}"))


def measured(dataset: Dataset, changes: Json, seeds: Sequence[int], threads: int) -> Json:
    """The recipe with these changes, trained with each seed."""
    accuracies, minutes, losses = [], [], []
    for seed in seeds:
        spec = merged(merged(RECIPE, changes), {"dataset": dataset.id, "seed": seed})
        listener, started = Listener(), time.perf_counter()
        trained = train(JobSpec.model_validate(spec), dataset, listener, threads=threads)
        minutes.append((time.perf_counter() - started) / 60)
        accuracies.append(float(trained.result["test"]["accuracy"]))
        losses.append(listener.losses)
    return {
        "accuracies": accuracies,
        "mean": statistics.mean(accuracies),
        "interval": interval(accuracies),
        "minutes": statistics.mean(minutes),
        "losses": losses,
    }


def interval(values: Sequence[float]) -> list[float] | None:
    """The ends between which the mean lies, at 95 % confidence; of one value there are none.

    Source: Student, The probable error of a mean, 1908.
    """
    if len(values) < 2:
        return None
    mean, t = statistics.mean(values), T95[min(len(values) - 1, len(T95)) - 1]
    half = t * statistics.stdev(values) / sqrt(len(values))
    return [max(0.0, mean - half), min(1.0, mean + half)]


def told(name: str, found: Json) -> str:
    ends = "–".join(f"{100 * end:.1f}" for end in found["interval"] or ())
    between = f" ({ends})" if ends else ""
    return f"{name:30} {100 * found['mean']:.1f} %{between}, {found['minutes']:.1f} minutes"


def of_set(name: str, asked: argparse.Namespace) -> Json:
    """What the recipe reaches on one set of pictures, and its parts, if they are asked for."""
    photos, changes = SETS[name], {"epochs": 2} if asked.quick else {}
    seeds = range(1, 1 + (1 if asked.quick else asked.rounds or photos.seeds))
    with tempfile.TemporaryDirectory() as folder:
        dataset = photos.imported(asked.data, Path(folder))
        found = measured(dataset, changes, seeds, asked.threads)
        print(told(name, found), flush=True)
        rows = {f"{split}_rows": len(each) for split, each in dataset.splits.items()}
        parts = {}
        for part, change in (ABLATION if asked.ablation else {}).items():
            parts[part] = measured(
                dataset, merged(change, changes), seeds[:ABLATION_SEEDS], asked.threads
            )
            del parts[part]["losses"]
            print(told(f"  {part}", parts[part]), flush=True)
    return {"title": photos.title, "least": photos.least, **rows, **found, "ablation": parts}


def arguments(about: str) -> argparse.Namespace:
    # No rounds are as many as each set asks for.
    parser = setting.arguments(about, rounds=0)
    parser.add_argument("--data", type=Path, help="folder with the course's files and pets.zip")
    parser.add_argument("--sets", nargs="+", choices=SETS, default=[*SETS], help="only these")
    parser.add_argument("--ablation", action="store_true", help="without each part of it, too")
    return parser.parse_args()


def main() -> int:
    asked = arguments(__doc__ or "")
    found: Json = {}
    for name in asked.sets:
        if missing := SETS[name].missing(asked.data):
            print(f"{name} is left out: {', '.join(missing)} not found in {asked.data or '--data'}")
            continue
        found[name] = of_set(name, asked)
        # After each, since all of them take hours.
        if not asked.quick:
            about = {"threads": asked.threads, "recipe": RECIPE}
            setting.save("learn", {**about, "sets": found})
            write_pages()
    low = [name for name, each in found.items() if each["mean"] < each["least"]]
    for name in low if not asked.quick else ():
        print(f"{name}: expected {SETS[name].least:.0%} at least")
    return 1 if low and not asked.quick else 0


if __name__ == "__main__":
    sys.exit(main())
