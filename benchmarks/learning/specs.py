"""The specs of all figures, a file for each, to be submitted again."""

import json
from pathlib import Path

from benchmarks.learning import contours
from benchmarks.learning.experiments import EXPERIMENTS
from benchmarks.learning.lines import SEEDS
from benchmarks.pages import DOCS, entries
from worker.jsontypes import Json

FOLDER = DOCS / "figures" / "specs"


def write(numbers: Json) -> None:
    """Write those of every experiment, and of the contours, once their rates were found."""
    FOLDER.mkdir(parents=True, exist_ok=True)
    for name, specs in every(numbers).items():
        file(name).write_text(entries(specs, levels=1) + "\n")


def file(experiment: str) -> Path:
    return FOLDER / f"{experiment}.json"


def every(numbers: Json) -> dict[str, Json]:
    """By the names of figures and lines: the spec as it is submitted, with the first seed."""
    found = {
        experiment.name: {line.name: seeded(line.spec) for line in experiment.lines}
        for experiment in EXPERIMENTS
    }
    paths = numbers.get("contours", {})
    return found | {"contours": {name: seeded(path["spec"]) for name, path in paths.items()}}


def seeded(spec: Json) -> Json:
    return {**spec, "seed": SEEDS[0]}


def fold(path: str, numbers: Json) -> str:
    """The spec at `depth.relu`, folded, and how it is submitted."""
    experiment, line = path.split(".", 1)
    spec, title = json.dumps(every(numbers)[experiment][line]), numbers[experiment][line]["title"]
    return (
        f"<details><summary>Its spec, to try it yourself: {title}</summary>\n\n"
        f"```json\n{spec}\n```\n\n"
        f"`purr train --dataset {dataset_of(experiment, line)} --spec spec.json`; those of all "
        f"lines: [{experiment}.json](figures/specs/{experiment}.json).\n\n</details>\n"
    )


def dataset_of(experiment: str, line: str) -> str:
    """The name of what a line learns from, in samples.FILES."""
    lines = {
        each.name: each for known in EXPERIMENTS if known.name == experiment for each in known.lines
    }
    return lines[line].dataset if line in lines else contours.DATASET
