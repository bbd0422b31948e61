"""docs/learning.md tells what was measured: its numbers, its figures, and what it makes of them."""

import re
from collections.abc import Callable
from pathlib import Path

import pytest

from benchmarks.learning.experiments import DEFAULTS, EXPERIMENTS, SEEDS, Line
from benchmarks.learning.learning_page import (
    FIGURES,
    LEARNED,
    NUMBER,
    PAGE,
    PHOTOS,
    TABLE,
    filled,
    known,
)
from benchmarks.learning.network_tables import fields, sizes
from worker.jsontypes import Json
from worker.spec import JobSpec

LARGEST = 200 * 1024  # bytes of a figure
# What stands for itself and was not measured: names and formulas.
NOT_MEASURED = ("N(0, 1)", "A (1 − A)", "1/4", "2/n_in", "1/n_in", "(k − 1)")
SHOWN = [
    *(FIGURES / f"{experiment.name}.svg" for experiment in EXPERIMENTS),
    FIGURES / "kernels.svg",
    *([PHOTOS] if LEARNED.exists() else []),
]
LINES = [(e.name, line) for e in EXPERIMENTS for line in e.lines]
IDS = [f"{name}-{line.name}" for name, line in LINES]


@pytest.fixture(scope="module")
def page() -> str:
    return PAGE.read_text()


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
def test_every_figure_is_shown_and_small(figure: Path, page: str) -> None:
    assert f"](figures/{figure.name})" in page
    assert 0 < figure.stat().st_size < LARGEST


def test_no_figure_is_left_over() -> None:
    drawn = {path.stem for path in FIGURES.glob("*.svg")}
    assert drawn == {path.stem for path in SHOWN}


@pytest.mark.parametrize(("experiment", "line"), LINES, ids=IDS)
def test_the_numbers_are_of_this_spec(experiment: str, line: Line, numbers: Json) -> None:
    assert numbers[experiment][line.name]["spec"] == line.spec
    assert numbers["about"]["seeds"] == len(SEEDS)


@pytest.mark.parametrize(("experiment", "line"), LINES, ids=IDS)
def test_the_service_takes_the_spec(experiment: str, line: Line) -> None:
    JobSpec.model_validate({**line.spec, "dataset": f"ds_{'0' * 32}"})


@pytest.mark.parametrize(("kind", "rate"), DEFAULTS.items())
def test_what_is_called_a_default_is_one(kind: str, rate: float) -> None:
    spec = JobSpec.model_validate({"dataset": f"ds_{'0' * 32}", "optimizer": {"kind": kind}})
    assert spec.optimizer.learning_rate == rate


def codes(line: Json) -> set[str]:
    return {finding["code"] for finding in line["findings"]}


# What the words of the page say. Where one of these fails, new numbers want new words.
CLAIMS: dict[str, Callable[[Json], bool]] = {
    "a deep sigmoid does not learn": lambda n: (
        n["depth"]["sigmoid"]["loss"] > 0.95 * n["about"]["guess"]
    ),
    "its gradient shrinks about fourfold at a layer": lambda n: (
        3.5 < n["depth"]["sigmoid"]["shrinks_by"] < 5
    ),
    "that of relu and tanh hardly shrinks": lambda n: (
        max(n["depth"][name]["shrinks_by"] for name in ("relu", "tanh")) < 1.5
    ),
    "a deep relu learns": lambda n: n["depth"]["relu"]["loss"] < n["about"]["guess"] / 10,
    "a shallow sigmoid learns": lambda n: (
        n["depth"]["sigmoid_shallow"]["loss"] < n["about"]["guess"] / 2
    ),
    "adam brings the deep sigmoid to learn, later and less than relu": lambda n: (
        n["depth"]["sigmoid_adam"]["learned_epoch"] > n["depth"]["relu"]["learned_epoch"]
        and n["depth"]["sigmoid_adam"]["loss"] > n["depth"]["relu"]["loss"]
    ),
    "the doctor sees the gradients vanish": lambda n: (
        "vanishing_gradients" in codes(n["depth"]["sigmoid"])
    ),
    "batch normalization brings the deep sigmoid to learn": lambda n: (
        n["batch_norm"]["sigmoid_normalized"]["loss"] < n["about"]["guess"] / 2
        and n["batch_norm"]["sigmoid"]["loss"] > 0.95 * n["about"]["guess"]
    ),
    "its gradient hardly shrinks then": lambda n: (
        n["batch_norm"]["sigmoid_normalized"]["shrinks_by"] < 1.5
    ),
    "relu gains nothing by it": lambda n: (
        n["batch_norm"]["relu"]["learned_epoch"]
        < n["batch_norm"]["relu_normalized"]["learned_epoch"]
        and n["batch_norm"]["relu"]["test_accuracy"]
        > n["batch_norm"]["relu_normalized"]["test_accuracy"]
    ),
    "N(0, 1) begins hundreds of times too high": lambda n: (
        n["start"]["relu_normal"]["first_loss"] > 100 * n["about"]["guess"]
    ),
    "N(0, 1) saturates tanh": lambda n: n["start"]["tanh_normal"]["out_of_use"] > 0.8,
    "N(0, 1) learns the rows and not the cats": lambda n: (
        n["start"]["relu_normal"]["train_accuracy"]
        > n["start"]["relu_normal"]["test_accuracy"] + 0.1
    ),
    "zeros never move": lambda n: n["start"]["zeros"]["loss"] == n["about"]["guess"],
    "raw pixels kill a whole layer": lambda n: n["normalization"]["none"]["out_of_use"] == 1,
    "and so does a large rate with scale": lambda n: (
        n["normalization"]["scale_fast"]["out_of_use"] == 1
    ),
    "raw pixels at a tiny rate stay above a guess": lambda n: (
        n["normalization"]["none_slow"]["loss"] > n["about"]["guess"]
    ),
    "standardize is faster than scale": lambda n: (
        5 * n["normalization"]["standardize"]["learned_epoch"]
        < n["normalization"]["scale"]["learned_epoch"]
    ),
    "sgd is the slowest": lambda n: (
        max(n["optimizers"], key=lambda name: n["optimizers"][name]["loss"]) == "sgd"
    ),
    "the optimizers end at about the same test accuracy": lambda n: (
        max(line["test_accuracy"] for line in n["optimizers"].values())
        - min(line["test_accuracy"] for line in n["optimizers"].values())
        < 0.03
    ),
    "momentum walks as sgd does at a small rate": lambda n: all(
        abs(n["rates"][f"momentum_{rate}"]["loss"] / n["rates"][f"sgd_{rate}"]["loss"] - 1) < 0.1
        for rate in ("0.0001", "0.0003", "0.001")
    ),
    "momentum bears higher rates than the others": lambda n: (
        n["best_rates"]["momentum"]["highest"]
        > max(line["highest"] for kind, line in n["best_rates"].items() if kind != "momentum")
    ),
    "rmsprop is calmest far below its default": lambda n: (
        n["best_rates"]["rmsprop"]["calmest_rate"] <= DEFAULTS["rmsprop"] / 3
    ),
    "and far calmer there": lambda n: (
        n["best_rates"]["rmsprop"]["calmest_late_peak"] * 3
        < n["best_rates"]["rmsprop"]["default_late_peak"]
    ),
    "rmsprop gets lowest, and leaps": lambda n: (
        min(n["optimizers"], key=lambda name: n["optimizers"][name]["lowest_loss"]) == "rmsprop"
        and n["optimizers"]["rmsprop"]["late_peak"]
        > 100 * n["optimizers"]["rmsprop"]["lowest_loss"]
    ),
    "the doctor has nothing to say at the defaults": lambda n: (
        not any(codes(line) for line in n["optimizers"].values())
    ),
}


@pytest.mark.parametrize("claim", CLAIMS)
def test_what_the_page_says_is_so(claim: str, numbers: Json) -> None:
    assert CLAIMS[claim](numbers)


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
