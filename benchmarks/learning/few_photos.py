"""What the recipe `backbone` reaches on few photos of each class: the mean test accuracy over draws
of them, or over seeds where all are learned from.

`--data` names a folder with the backbone, pets.zip and the course's two files; pictures that are
not there are left out. The numbers go to results/features.json and into docs/learning.md.
"""

import statistics
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np

from benchmarks import setting
from benchmarks.learning.learning_page import write_pages
from benchmarks.learning.photo_sets import SETS, PhotoSet
from benchmarks.learning.photos import Listener, arguments, interval, told
from worker.data.backbones.extraction import Pictures, extract
from worker.data.backbones.importer import import_backbone
from worker.data.backbones.options import BackboneOptions
from worker.data.dataset import Dataset, Split
from worker.findings.intervals import wilson_interval
from worker.jsontypes import Json
from worker.settings import Settings
from worker.spec import JobSpec
from worker.spec.recipes import RECIPES
from worker.store.backbones import BackboneStore
from worker.store.features import FeatureStore, Key
from worker.training.fit import train

NETWORK = "mobilenet_v2_features.onnx"
RECIPE = RECIPES["backbone"].spec
# Of each class so many photos, None for all there are; and the mean accuracy that is asked for.
ASKED: dict[str, dict[int | None, float]] = {
    "pets": {5: 0.9, 20: 0.965, 100: 0.97, None: 0.98},
    "course": {None: 0.98},
}
TIMES = 10  # draws or seeds


class Backbone:
    """The network, as it is kept in a folder once it was imported."""

    def __init__(self, file: Path, folder: Path, threads: int) -> None:
        self._settings = Settings(min_free_bytes=0, worker_threads=threads)
        self._features, store = FeatureStore(folder / "features"), BackboneStore(folder / "bb")
        backbone = f"bb_{0:032x}"
        with store.local_folder(backbone) as part:
            known = import_backbone(file, part, self._settings, BackboneOptions())
            self._digest = store.publish(backbone, part, known)["digest"]
        self._network = store.open(self._digest)

    def features(self, photos: PhotoSet, data: Path, folder: Path) -> tuple[Dataset, float]:
        """The features of these photos as samples, and the seconds that each picture took."""
        dataset = photos.imported(data, folder)
        rows, key = sum(map(len, dataset.splits.values())), Key(dataset.id, self._digest, "plain")
        files = [data / name for name in photos.needs if name.endswith(".zip")]
        pictures = Pictures(files, folder / "datasets" / dataset.id, rows)
        with self._features.local_folder(key) as part:
            began = time.perf_counter()
            extract(pictures, *self._network, part, self._settings)
            took = time.perf_counter() - began
            self._features.publish(key, part, {})
        return self._features.of(dataset, key), took / rows


def drawn(dataset: Dataset, each: int | None, times: int) -> Iterator[Dataset]:
    """So many datasets with so many training rows of each class, others in each; all rows if that
    is None."""
    train, rng = dataset.train, np.random.default_rng(1)
    for _ in range(times):
        if each is None:
            yield dataset
            continue
        rows = [np.flatnonzero(train.y == k) for k in range(len(dataset.classes))]
        chosen = np.concatenate([rng.permutation(of_class)[:each] for of_class in rows])
        few = Split.whole(np.asarray(train.x[chosen]), train.y[chosen])
        yield replace(dataset, splits={**dataset.splits, "train": few})


def measured(dataset: Dataset, each: int | None, times: int, threads: int) -> Json:
    """The recipe, trained with one seed after the other."""
    accuracies, seconds = [], []
    for seed, some in enumerate(drawn(dataset, each, times), 1):
        spec, began = {**RECIPE, "dataset": dataset.id, "seed": seed}, time.perf_counter()
        trained = train(JobSpec.model_validate(spec), some, Listener(), threads=threads)
        seconds.append(time.perf_counter() - began)
        accuracies.append(float(trained.result["test"]["accuracy"]))
    mean, tested = statistics.mean(accuracies), len(dataset.splits["test"])
    # Seeds change next to nothing; then it is the test rows that may be others.
    ends = wilson_interval(round(mean * tested), tested) if each is None else interval(accuracies)
    return {
        "each": each,
        "train_rows": len(some.train),
        "accuracies": accuracies,
        "mean": mean,
        "interval": ends,
        "seconds": statistics.median(seconds),
        "minutes": statistics.median(seconds) / 60,
    }


def main() -> int:
    asked = arguments(__doc__ or "")
    if asked.data is None or not (asked.data / NETWORK).is_file():
        print(f"the backbone is left out: {NETWORK} not found in {asked.data or '--data'}")
        return 0
    found: Json = {}
    with tempfile.TemporaryDirectory() as folder:
        backbone = Backbone(asked.data / NETWORK, Path(folder), asked.threads)
        for name in (name for name in ASKED if name in asked.sets):
            if missing := SETS[name].missing(asked.data):
                print(f"{name} is left out: {', '.join(missing)} not found")
                continue
            dataset, seconds = backbone.features(SETS[name], asked.data, Path(folder) / name)
            sizes = [measured(dataset, each, 2 if asked.quick else asked.rounds or TIMES,
                              asked.threads) for each in ASKED[name]]  # fmt: skip
            for size in sizes:
                print(told(f"{name}, {size['train_rows']} to learn from", size), flush=True)
            found[name] = {
                "title": SETS[name].title,
                "milliseconds": 1000 * seconds,
                "sizes": sizes,
            }
    if not asked.quick:
        setting.save("features", {"threads": asked.threads, "recipe": RECIPE, "sets": found})
        write_pages()
    return 1 if any(low(name, size) for name in found for size in found[name]["sizes"]) else 0


def low(name: str, size: Json) -> bool:
    """Whether less was reached than is asked for; it is said."""
    least = ASKED[name][size["each"]]
    if size["mean"] < least:
        print(f"{name}, {size['train_rows']} to learn from: expected {least:.1%} at least")
    return bool(size["mean"] < least)


if __name__ == "__main__":
    sys.exit(main())
