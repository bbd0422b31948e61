"""What jobs of many kinds are seen to use of memory, beside what they were estimated to need.

The whole service runs as `purr up` starts it; jobs are sent one after another, and each one's child
is looked at every other millisecond. What a job uses is the most memory that its child has had for
itself: what no file stands behind (RssAnon), with all that it has from its worker. What it asks for
(VmData) counts against its limit: memory that was reserved and never touched, too.
"""

import statistics
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import numpy as np

from benchmarks import setting
from benchmarks.running_service import Service
from worker.data.hdf5 import reader
from worker.jsontypes import Json
from worker.spec import JobSpec
from worker.spec.recipes import RECIPES, merged
from worker.training import build, memory_estimate, memory_limit
from worker.training.problem import Problem
from worker.training.sizes import Sizes

LOOK_S = 0.002
OFF = 0.25  # of what is used, by which the estimate may differ
DATASET = "ds_" + "0" * 32


class Data(NamedTuple):
    """Random pictures of three colours, so many pixels wide and high."""

    side: int
    rows: int
    test_rows: int = 20
    classes: int = 2

    def write(self, folder: Path) -> list[Path]:
        rng, names = np.random.default_rng(1), [f"c{k:03}" for k in range(self.classes)]
        files = [folder / "train.h5", folder / "test.h5"]
        for path, rows in zip(files, (self.rows, self.test_rows), strict=True):
            x = rng.integers(0, 256, (rows, self.side, self.side, 3), dtype="uint8")
            reader.write(path, path.stem, x, np.arange(rows) % self.classes, names)
        return files


class Case(NamedTuple):
    """A job on some data; `checked`: whether it begins with a check of its gradients."""

    data: Data
    spec: Json
    checked: bool = True

    def sizes(self, threads: int) -> Sizes:
        side, rows, test_rows, classes = self.data
        spec = JobSpec.model_validate({**self.spec, "dataset": DATASET})
        problem = Problem((side, side, 3), classes, {"train": rows, "test": test_rows})
        return Sizes(build.plan(spec, problem), threads, self.checked)


def net(*hidden: int, activation: str = "relu", dropout: float = 0.0, **fields: object) -> Json:
    network = {"hidden_units": list(hidden), "activation": activation, "dropout": dropout}
    return {"network": network, "epochs": 2, **fields}


def convolutional(batch_norm: bool = True, activation: str = "relu", **fields: object) -> Json:
    """The recipe photos, with a change."""
    network = {"batch_norm": batch_norm, "activation": activation}
    return merged(RECIPES["photos"].spec, {"network": network, "epochs": 2, **fields})


def residual(**fields: object) -> Json:
    layers: list[Json] = [{"kind": "convolution", "filters": 32}]
    for filters in (32, 64, 128):
        inner = [{"kind": "convolution", "filters": filters}, {"kind": "batch_norm"}]
        inner += [{"kind": "activation", "activation": "relu"}, inner[0]]
        layers += [{"kind": "residual", "layers": inner}, {"kind": "max_pool"}]
    layers += [{"kind": "global_average_pool"}]
    return {"network": {"kind": "layers", "layers": layers}, "epochs": 2, **fields}


def by(kind: str) -> Json:
    return {"kind": kind, "learning_rate": 1e-4}


COURSE, PICTURES = Data(64, 209, 50), Data(64, 5_000, 100)
PHOTOS = Data(64, 1_000, 200)
SMALL, LABELS = Data(32, 4_000, 1_000), Data(8, 20_000, 20_000, 1_000)
STOPPING: Json = {"validation_fraction": 0.2, "early_stopping": {"patience": 5}, "epochs": 12}
TABLE = {
    "two rows of three numbers": Case(Data(1, 2, 2), net()),
    "the course's network, all rows": Case(COURSE, net(20, 7, 5, batch_size="all")),
    "the same, all defaults": Case(COURSE, net(20, 7, 5)),
    "30 million parameters, adam": Case(COURSE, net(2400)),
    "the same by sgd": Case(COURSE, net(2400, optimizer=by("sgd"))),
    "the same, gradients not checked": Case(COURSE, net(2400), checked=False),
    "the same by sgd, not checked": Case(COURSE, net(2400, optimizer=by("sgd")), checked=False),
    "wide, 2048-2048": Case(SMALL, net(2048, 2048, batch_size=512)),
    "float64": Case(SMALL, net(1024, 512, precision="float64")),
    "adamw, early stopping": Case(SMALL, net(1500, 1000, optimizer=by("adamw"), **STOPPING)),
    "all of 5,000 pictures, narrow": Case(PICTURES, net(20, 7, 5, batch_size="all")),
    "all of 5,000 pictures, wide": Case(PICTURES, net(256, 128, batch_size="all")),
    "augmentation": Case(PICTURES, net(256, 128, augmentation={"flip": True, "shift": 4})),
    "dropout, steps of 1,024 rows": Case(SMALL, net(512, 512, dropout=0.5, batch_size=1024)),
    "gelu": Case(SMALL, net(1024, 1024, 1024, activation="gelu", batch_size=256)),
    "ten layers": Case(SMALL, net(*[300] * 10, activation="tanh", optimizer=by("rmsprop"))),
    "ten layers, all rows": Case(
        SMALL, net(*[512] * 10, batch_size="all", optimizer=by("nesterov")), checked=False
    ),
    "class weights, momentum": Case(
        Data(32, 4_000, 100, 10), net(512, class_weights="balanced", optimizer=by("momentum"))
    ),
    "20,000 rows to validate": Case(Data(16, 40_000), net(256, validation_fraction=0.5)),
    "1,000 classes, 20,000 test rows": Case(LABELS, net(64)),
    "the same, half to validate": Case(LABELS, net(64, validation_fraction=0.5)),
    "1,000 classes, few rows": Case(Data(1, 2_000, 2_000, 1_000), net(8)),
    "500,000 rows": Case(Data(2, 500_000, 1_000), net(16, batch_size=4096)),
    "500,000 rows, folds": Case(Data(2, 500_000), net(16, batch_size=4096, folds=3, repeats=2)),
    "480,000 features": Case(Data(400, 100), net(8)),
    "the recipe photos": Case(PHOTOS, convolutional()),
    "the same, batches of 128": Case(PHOTOS, convolutional(batch_size=128)),
    "the same, no gradients checked": Case(PHOTOS, convolutional(batch_size=128), checked=False),
    "the same without batch normalization, tanh": Case(
        PHOTOS, convolutional(batch_size=128, batch_norm=False, activation="tanh")
    ),
    "the same, early stopping, float64": Case(
        PHOTOS, convolutional(batch_size=32, precision="float64", **STOPPING | {"epochs": 2})
    ),
    "three residual stages": Case(PHOTOS, residual(batch_size=64)),
}
QUICK = [*TABLE][:3]


class Peak:
    """The most that a worker's children have had, looked at from a thread of its own.

    Attributes:
        first: what one was first seen with.
        most: what any was seen with.
    """

    def __init__(self, worker: int) -> None:
        self._children = Path(f"/proc/{worker}/task/{worker}/children")
        self.begin()
        threading.Thread(target=self._watch, daemon=True).start()

    def begin(self) -> None:
        """Forget those that were, once they are gone: the next job's child is next."""
        while self._alive():
            time.sleep(LOOK_S)
        self.first: Json = {}
        self.most = {"used": 0, "asked": 0}

    def _alive(self) -> list[int]:
        try:
            return [int(child) for child in self._children.read_text().split()]
        except OSError:  # the worker is gone too
            return []

    def _watch(self) -> None:
        while True:
            time.sleep(LOOK_S)
            for child in self._alive():
                if found := status(child):
                    self.first = self.first or found
                    self.most = {name: max(self.most[name], found[name]) for name in found}


def status(process: int) -> dict[str, int]:
    """Bytes that a process uses and has asked for; nothing if it has ended."""
    try:
        lines = Path(f"/proc/{process}/status").read_text().splitlines()
    except OSError:
        return {}
    fields = {name: rest.split() for name, _, rest in (line.partition(":") for line in lines)}
    if "VmData" not in fields:  # a moment before it has ended
        return {}
    return {
        "used": 1024 * int(fields["RssAnon"][0]),
        "asked": 1024 * int(fields["VmData"][0]),
    }


def seen(threads: int, checked: bool, names: list[str], rounds: int) -> Iterator[tuple[str, Json]]:
    """What each of these jobs was seen to begin with, to use, and to ask for beyond the former."""
    with Service(threads, checkpoint_s=1, gradient_check=checked) as service:
        peak, datasets = Peak(service.worker()), dict[Data, str]()
        for name in names:
            data, spec, _ = TABLE[name]
            if data not in datasets:
                with tempfile.TemporaryDirectory() as folder:
                    datasets[data] = service.upload(data.write(Path(folder)))
            found = []
            for _ in range(rounds):
                peak.begin()
                service.finished(service.submit({**spec, "dataset": datasets[data]})["id"])
                found.append({**peak.most, "first": peak.first})
            yield name, middle(found)


def middle(found: list[Json]) -> Json:
    first = statistics.median(one["first"]["used"] for one in found)
    used = statistics.median(one["used"] for one in found)
    more = statistics.median(one["asked"] - one["first"]["asked"] for one in found)
    return {"first_bytes": first, "used_bytes": used, "asked_bytes": first + more}


def judged(case: Case, found: Json, threads: int) -> Json:
    """What was seen, beside what was estimated; and whether that holds."""
    sizes = case.sizes(threads)
    expected, most = memory_estimate.needed(sizes), memory_limit.most(sizes)
    ratio = expected / found["used_bytes"]
    holds = abs(ratio - 1) <= OFF and found["asked_bytes"] < most
    about = {"data": case.data._asdict(), "spec": case.spec, "checked": case.checked}
    told = {"estimated_bytes": expected, **found, "limit_bytes": most}
    return {**about, **told, "estimated_of_used": ratio, "holds": holds}


def main() -> int:
    parser = setting.arguments(__doc__ or "", rounds=1)
    parser.add_argument("--only", nargs="+", choices=TABLE, help="only these jobs; nothing is kept")
    asked = parser.parse_args()
    names, rows = asked.only or (QUICK if asked.quick else [*TABLE]), dict[str, Json]()
    print(f"{'MB':32} estimated     used        asked    limit")
    for checked in (True, False):
        chosen = [name for name in names if TABLE[name].checked == checked]
        for name, found in seen(asked.threads, checked, chosen, asked.rounds) if chosen else ():
            row = rows[name] = judged(TABLE[name], found, asked.threads)
            expected, used, wanted, most = (
                row[f"{what}_bytes"] / 1e6 for what in ("estimated", "used", "asked", "limit")
            )
            off = f"{row['estimated_of_used'] - 1:+.0%}"
            print(f"{name:32} {expected:8,.0f} {used:8,.0f} {off:>5} {wanted:8,.0f} {most:8,.0f}")
    base = statistics.median(row["first_bytes"] for row in rows.values())
    expected = memory_estimate.BASE_BYTES
    print(f"a child begins with {base / 1e6:.1f} MB; the estimate says {expected / 1e6}")
    if not asked.quick and not asked.only:
        rows = {name: rows[name] for name in names}
        about = {"threads": asked.threads, "rounds": asked.rounds, "first_bytes": base}
        setting.save("job_memory", {**about, "jobs": rows})
    return 0 if all(row["holds"] for row in rows.values()) else 1


if __name__ == "__main__":
    sys.exit(main())
