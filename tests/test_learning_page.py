"""docs/learning.md and its neighbours tell what was measured: numbers, figures, and the specs to
have them again."""

import json
import re
from pathlib import Path

import pytest

from benchmarks.learning import specs
from benchmarks.learning.experiments import DEFAULTS, EXPERIMENTS
from benchmarks.learning.learning_page import (
    FIGURES,
    LEARNED,
    NUMBER,
    PAGES,
    PHOTOS,
    TABLE,
    filled,
    known,
)
from benchmarks.learning.lines import SEEDS, Experiment, Line
from benchmarks.learning.network_tables import fields, sizes
from worker.jsontypes import Json
from worker.spec import JobSpec

LARGEST = 200 * 1024  # bytes of a figure
# What stands for itself and was not measured: names and formulas.
NOT_MEASURED = (
    *("N(0, 1)", "A (1 − A)", "1/4", "2/n_in", "1/n_in", "2/(n_in + n_out)", "(k − 1)"),
    *("N(0, 0.25)", "1/√(1 − β)", "1 − β", "*.h5", "`l2`", "(#the-start-n0-1-against-he)"),
    *("(learning.md#the-start-n0-1-against-he)", "#get-v1recipes", "#get-v1compare"),
    "64 is the default",
)
FIGURE_NAMES = [*(experiment.name for experiment in EXPERIMENTS), "contours"]
SHOWN = [
    *(FIGURES / f"{name}.svg" for name in FIGURE_NAMES),
    FIGURES / "kernels.svg",
    *([PHOTOS] if LEARNED.exists() else []),
]
LINES = [(e.name, line) for e in EXPERIMENTS for line in e.lines]
LINES_BY_NAME = {(name, line.name): line for name, line in LINES}
IDS = [f"{name}-{line.name}" for name, line in LINES]


@pytest.fixture(params=PAGES, ids=lambda path: path.stem)
def page(request: pytest.FixtureRequest) -> str:
    path: Path = request.param
    return path.read_text()


@pytest.fixture(scope="module")
def numbers() -> Json:
    return known()


def test_what_stands_between_the_marks_was_measured(page: str, numbers: Json) -> None:
    assert filled(page, numbers) == page


def test_no_other_number_is_told(page: str) -> None:
    prose = TABLE.sub("", NUMBER.sub("", page))
    for formula in NOT_MEASURED:
        prose = prose.replace(formula, "")
    assert re.findall(r".*\d.*", prose) == []


def test_every_mark_is_closed(page: str) -> None:
    inside = 2 * (len(NUMBER.findall(page)) + len(TABLE.findall(page)))
    assert page.count("<!--") == inside


def test_no_number_begins_a_line(page: str) -> None:
    # Markdown would take the line for HTML and end the paragraph before it.
    assert re.findall(r"^<!--n:.*", page, re.MULTILINE) == []


@pytest.mark.parametrize("figure", SHOWN, ids=lambda figure: figure.stem)
def test_every_figure_is_shown_once_and_small(figure: Path) -> None:
    pages = "".join(path.read_text() for path in PAGES)
    assert pages.count(f"](figures/{figure.name})") == 1
    assert 0 < figure.stat().st_size < LARGEST


def test_no_figure_is_left_over() -> None:
    drawn = {path.stem for path in FIGURES.glob("*.svg")}
    assert drawn == {path.stem for path in SHOWN}


@pytest.mark.parametrize(("experiment", "line"), LINES, ids=IDS)
def test_the_numbers_are_of_this_spec(experiment: str, line: Line, numbers: Json) -> None:
    assert numbers[experiment][line.name]["spec"] == line.spec
    assert numbers["about"]["seeds"] == len(SEEDS)


@pytest.mark.parametrize("experiment", EXPERIMENTS, ids=lambda each: each.name)
def test_the_spec_below_a_figure_is_the_one_that_is_meant(experiment: Experiment) -> None:
    pages = "".join(path.read_text() for path in PAGES)
    assert f"<!-- spec: {experiment.name}.{experiment.shown} -->" in pages


@pytest.mark.parametrize("figure", FIGURE_NAMES)
def test_the_specs_of_a_figure_are_beside_it_and_are_taken(figure: str, numbers: Json) -> None:
    kept = json.loads(specs.file(figure).read_text())
    assert kept == specs.every(numbers)[figure]
    for spec in kept.values():
        JobSpec.model_validate({**spec, "dataset": f"ds_{0:032x}"})


def test_no_specs_are_left_over() -> None:
    assert {path.stem for path in specs.FOLDER.iterdir()} == {*FIGURE_NAMES}


@pytest.mark.parametrize("figure", FIGURE_NAMES)
def test_below_each_figure_stands_a_spec_to_be_submitted(figure: str) -> None:
    # Between the figure and the next one.
    pages = "".join(path.read_text() for path in PAGES)
    after = pages.partition(f"](figures/{figure}.svg)")[2].partition("](figures/")[0]
    assert f"<!-- spec: {figure}." in after


def test_what_stands_in_a_fold_is_the_spec_of_that_line(numbers: Json) -> None:
    fold = specs.fold("depth.relu", numbers)
    told = fold.partition("```json\n")[2].partition("\n```")[0]
    assert json.loads(told) == {**LINES_BY_NAME["depth", "relu"].spec, "seed": SEEDS[0]}
    assert "purr train --dataset sketches --spec spec.json" in fold


@pytest.mark.parametrize(("kind", "rate"), DEFAULTS.items())
def test_what_is_called_a_default_is_one(kind: str, rate: float) -> None:
    spec = JobSpec.model_validate({"dataset": f"ds_{'0' * 32}", "optimizer": {"kind": kind}})
    assert spec.optimizer.learning_rate == rate


def test_each_layer_of_photos_sees_further_than_the_one_before() -> None:
    _, *rows = fields()
    seen = [int(row[-1].split()[0]) for row in rows]
    # The first kernel is 3 × 3; the last layer sees at least half of a side of 64.
    assert seen[0] == 3
    assert seen == sorted({*seen})
    assert seen[-1] >= 32


def test_photos_is_poor_in_parameters_and_rich_in_multiplications() -> None:
    classic, photos = (
        [int(cell.replace(",", "")) for cell in row[1:]] for row in sizes() if "network" in row[0]
    )
    assert classic[0] < photos[0] < 1.25 * classic[0]
    assert photos[1] > 100 * photos[0]
