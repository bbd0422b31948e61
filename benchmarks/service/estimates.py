"""What jobs of many kinds take, beside what they were estimated to take before.

The whole service runs as `purr up` starts it. Each spec is estimated, submitted, and waited for,
one after the other, some rounds of it; a job takes the seconds from its start to its end, as its
record has them. Beside that, what arithmetic alone says, while the worker is stopped. What others
do on the machine meanwhile changes both, and not to the same degree: so it is told.
"""

import statistics
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple, Protocol

import numpy as np

from benchmarks import setting
from benchmarks.pages import markdown
from benchmarks.pictures import pictures
from benchmarks.running_service import Service
from benchmarks.service.job_memory import Data, by, convolutional, net, residual
from worker.jsontypes import Json

OFF = 0.25  # of what a job takes, by which its estimate may differ
ANSWERED_S = 3.0  # within which an estimate is there
COLUMNS = 12


class Source(Protocol):
    """What a dataset is uploaded from."""

    def write(self, folder: Path) -> list[Path]:
        """Returns its files, which may be in this folder."""


class Course(NamedTuple):
    """The course's pictures, or noise of their size."""

    name: str = "course"

    def write(self, folder: Path) -> list[Path]:
        return pictures(folder).files


class Table(NamedTuple):
    """Random rows of numbers, of two classes that a plane divides but for some."""

    rows: int

    def write(self, folder: Path) -> list[Path]:
        rng = np.random.default_rng(1)
        x = rng.normal(size=(self.rows, COLUMNS))
        y = (x @ rng.normal(size=COLUMNS) + rng.normal(size=self.rows) > 0).astype(int)
        path, head = folder / "table.csv", [*(f"c{k}" for k in range(COLUMNS)), "label"]
        rows = (
            [*(f"{number:.5g}" for number in row), f"c{k}"] for row, k in zip(x, y, strict=True)
        )
        lines = map(",".join, [head, *rows])
        path.write_text("\n".join(lines) + "\n")
        return [path]


class Case(NamedTuple):
    """A spec without a dataset, and the data."""

    data: Source
    spec: Json


COURSE = Course()
SMALL, MANY, LARGE = Data(32, 2_000, 400, 10), Data(16, 20_000, 2_000, 5), Data(96, 300, 60)
FEW, ROWS = Table(300), Table(20_000)
PHOTOS = Data(64, 600, 100)
WATCHED: Json = {"validation_fraction": 0.2}


def case(data: Source, spec: Json, epochs: int, **fields: object) -> Case:
    return Case(data, {**spec, **fields, "epochs": epochs})


TABLE = {
    "the course's network": case(COURSE, net(20, 7, 5), 100),
    "the same, all rows in a step": case(COURSE, net(20, 7, 5), 600, batch_size="all"),
    "the same, a row in a step": case(COURSE, net(20, 7, 5), 30, batch_size=1),
    "logistic regression": case(COURSE, net(), 1_000, batch_size="all", optimizer=by("sgd")),
    "wide, 512-256": case(COURSE, net(512, 256), 30, **WATCHED),
    "2 epochs of it": case(COURSE, net(512, 256), 2),
    "8 million parameters": case(COURSE, net(640, dropout=0.3), 20, optimizer=by("momentum")),
    "float64": case(SMALL, net(512, 256), 10, precision="float64"),
    "ten layers, tanh": case(SMALL, net(*[200] * 10, activation="tanh"), 15),
    "10 classes, mirrored": case(SMALL, net(256, 64), 20, augmentation={"flip": True}),
    "steps of 1,024 rows": case(MANY, net(256, 128), 12, batch_size=1_024),
    "20,000 rows to validate on a fifth": case(MANY, net(64), 15, **WATCHED),
    "a small table": case(FEW, net(16, 8), 1_000),
    "a table of 20,000 rows": case(ROWS, net(64, 32), 15),
    "the same, averaged weights": case(ROWS, net(32), 15, average_weights=0.99, batch_size=256),
    "the recipe photos": case(COURSE, convolutional(), 6),
    "the same on 600 pictures": case(PHOTOS, convolutional(), 3),
    "the same without batch normalization": case(COURSE, convolutional(batch_norm=False), 6),
    "pictures of 96 pixels": case(LARGE, convolutional(), 2),
    "three residual stages": case(PHOTOS, residual(batch_size=32), 2),
}
HEAD = ["job", "taken, s", "estimated, s", "estimate off by", "by arithmetic", "answered in, s"]
QUICK = ["the course's network", "2 epochs of it", "a small table"]


def measured(service: Service, names: list[str], rounds: int) -> Iterator[tuple[str, Json]]:
    """For each of these the seconds that were estimated and taken, round by round."""
    datasets = dict[Source, str]()
    for name in names:
        data, spec = TABLE[name]
        if data not in datasets:
            with tempfile.TemporaryDirectory() as folder:
                datasets[data] = service.upload(data.write(Path(folder)))
        asked = {**spec, "dataset": datasets[data], "model": "estimated", "promote": "never"}
        found = [one_round(service, asked) for _ in range(rounds)]
        yield (
            name,
            {
                "spec": spec,
                "arithmetic_s": by_counting(service, asked),
                **{key: [each[key] for each in found] for key in found[0]},
            },
        )


def by_counting(service: Service, spec: Json) -> float:
    """Seconds by arithmetic alone."""
    wait_for_idle(service)
    with service.workers_stopped():
        answer = service.http.post("/v1/jobs/estimate", json=spec).raise_for_status().json()
    if answer["method"] != "arithmetic":
        raise RuntimeError(f"Expected an estimate without a worker, got {answer}.")
    return float(answer["seconds"])


def one_round(service: Service, spec: Json) -> Json:
    wait_for_idle(service)
    began = time.perf_counter()
    estimate = service.http.post("/v1/jobs/estimate", json=spec).raise_for_status().json()
    answered = time.perf_counter() - began
    wait_for_idle(service)
    job = service.finished(service.submit(spec)["id"])
    began_s, ended_s = (setting.timestamp(job[at]) for at in ("started_at", "finished_at"))
    return {
        "estimated_s": estimate["seconds"],
        "taken_s": ended_s - began_s,
        "method": estimate["method"],
        "answered_s": answered,
        "phases": {each["phase"]: each["seconds"] for each in estimate["phases"]},
        "checks": {each["name"]: each["outcome"] for each in estimate["checks"]},
        "disk": estimate["disk"]["kept"],
    }


def wait_for_idle(service: Service) -> None:
    """Until the worker has no child: after a job it exports the model, and only then is it idle."""
    worker = service.worker()
    children = Path(f"/proc/{worker}/task/{worker}/children")
    while children.read_text().split():
        time.sleep(0.02)


def judged(found: Json) -> Json:
    """The same with how far the estimate is from what the job took."""
    pairs = zip(found["estimated_s"], found["taken_s"], strict=True)
    ratios = [estimated / taken for estimated, taken in pairs]
    ratio = statistics.median(ratios)
    counted = found["arithmetic_s"] / statistics.median(found["taken_s"])
    holds = abs(ratio - 1) <= OFF and max(found["answered_s"]) < ANSWERED_S
    return {**found, "ratio": setting.spread(ratios), "by_arithmetic": counted, "holds": holds}


def row_of(name: str, found: Json) -> list[str]:
    taken, ratio = setting.spread(found["taken_s"]), found["ratio"]
    return [
        name,
        f"{taken['median']:.2f} ({taken['min']:.2f} to {taken['max']:.2f})",
        f"{statistics.median(found['estimated_s']):.2f}",
        f"{ratio['median'] - 1:+.0%} ({ratio['min'] - 1:+.0%} to {ratio['max'] - 1:+.0%})",
        f"× {found['by_arithmetic']:.2g}",
        f"{max(found['answered_s']):.1f}",
    ]


def main() -> int:
    parser = setting.arguments(__doc__ or "", rounds=3)
    parser.add_argument("--only", nargs="+", choices=TABLE, help="only these; nothing is kept")
    asked = parser.parse_args()
    names, rows = asked.only or (QUICK if asked.quick else [*TABLE]), dict[str, Json]()
    rounds = 1 if asked.quick else asked.rounds
    if not asked.quick:
        setting.wait_for_quiet()
    print(*HEAD, sep=" | ")
    with Service(asked.threads) as service, setting.Strangers() as strangers:
        for name, found in measured(service, names, rounds):
            rows[name] = judged(found)
            print(*row_of(name, rows[name]), sep=" | ", flush=True)
    held = sum(row["holds"] for row in rows.values())
    print(f"{held} of {len(rows)} within {OFF:.0%}; others used {strangers.cores} cores")
    if not asked.quick and not asked.only:
        print(markdown([HEAD, *(row_of(name, row) for name, row in rows.items())]))
        about = {"threads": asked.threads, "rounds": rounds, "held": held}
        setting.save(
            "estimates", {**about, "cores_that_others_used": strangers.cores, "jobs": rows}
        )
    return 0 if held == len(rows) else 1


if __name__ == "__main__":
    sys.exit(main())
