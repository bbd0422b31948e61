"""How the figures of the pages on learning are made: what is uploaded, what is measured of it, and
the ways over two weights."""

import csv
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.testing import assert_allclose

from benchmarks.learning import contours, samples
from benchmarks.learning.contours import Way, ground, steps_of
from benchmarks.learning.lines import Line, plain
from benchmarks.learning.measures import Run, growth, measures, sizes_of
from benchmarks.learning.sizes import BATCH_EPOCHS, BATCH_RATES, STEP_KINDS, STEP_RATES, STEP_SIDES
from benchmarks.learning.summaries import BATCH_LOSS, batches, fastest, first_steps
from worker.jsontypes import Json

LABELS = np.arange(600) % 2


def test_a_fifth_of_the_noisy_labels_is_wrong() -> None:
    assert (samples.partly_wrong(LABELS, seed=1) != LABELS).mean() == 1 / samples.WRONG


def test_a_thumb_is_the_mean_of_its_pixels_and_has_fewer_than_there_are_pictures() -> None:
    pictures = np.zeros((1, 64, 64, 3), "uint8")
    pictures[0, :8, 8:16, 1] = 200
    (thumb,) = samples.shrunk(pictures)
    assert (thumb[0, 1, 1], thumb.sum()) == (200, 200)
    assert thumb.size < samples.TRAIN_ROWS


def test_corners_that_face_each_other_are_one_class(tmp_path: Path) -> None:
    for file in samples.corners(tmp_path, 1):
        rows = list(csv.DictReader(file.read_text().splitlines()))
        assert {row["label"] for row in rows} == {"same", "other"}
        for row in rows:
            same = float(row["across"]) * float(row["up"]) > 0
            assert row["label"] == ("same" if same else "other")


# The ground of two weights


@pytest.fixture(scope="module")
def raw() -> contours.Ground:
    return ground("none", 1)


def test_the_way_of_sgd_is_gradient_descent(raw: contours.Ground) -> None:
    x, y = raw.cost.inputs[:, :1], raw.cost.targets
    weight, bias, rate = 0.0, 0.0, 0.1
    way = raw.way("sgd", rate)
    for point, cost in zip(way.points[:5], way.costs[:5], strict=True):
        z = x * weight + bias
        assert_allclose(point, (weight, bias), rtol=1e-12)
        assert cost == pytest.approx(np.log1p(np.exp(np.where(y == 1, -z, z))).mean(), rel=1e-12)
        error = 1 / (1 + np.exp(-z)) - y
        weight, bias = weight - rate * (error * x).mean(), bias - rate * error.mean()


def test_raw_inputs_make_a_valley_and_standardized_ones_a_bowl(raw: contours.Ground) -> None:
    def condition(of: contours.Ground) -> float:
        """The steepest curvature at zero, in proportion to the flattest."""
        design = np.hstack([of.cost.inputs[:, :1], np.ones_like(of.cost.targets)])
        return float(np.linalg.cond(design.T @ design))

    assert condition(raw) > 50
    assert condition(ground("standardize", 1)) == pytest.approx(1)


@pytest.mark.parametrize(
    ("costs", "steps"),
    [
        ([1, 0.5, 0.005], 2),
        ([1, 0.001, 0.5, 0.001], 3),
        ([1, 0.5, 0.5], np.inf),
        ([1, np.nan], np.inf),
    ],
)
def test_a_way_is_done_when_it_stays_near_the_lowest_point(
    costs: list[float], steps: float
) -> None:
    assert steps_of(Way(np.zeros((len(costs), 2)), np.array(costs)), low=0.0) == steps


# What is measured


def array(name: str, rows: list[list[float]]) -> Json:
    return {"name": name, "numbers": rows}


LESSON: Json = {
    "arrays": [
        *(array("A1", [[3, 4]]), array("A2", [[6, 8]])),
        *(array("dZ1", [[1, 1]]), array("dZ2", [[4, 4]]), array("dZ3", [[9]])),
    ],
    **{"cost_before": 0.7, "cost_after": 0.6},
    "updates": [{"name": "W1", "before": [[1, 2, 3]], "after": [[1, 2.5, 2]]}],
    "cache": {"forward": 1234, "backward": 2345, "backward_without": 9876, "numbers": 12},
}


def test_sizes_are_roots_of_mean_squares_and_grow_from_layer_to_layer() -> None:
    sizes = sizes_of(Run({}, [], LESSON), "A")
    assert sizes == pytest.approx([12.5**0.5, 50**0.5])
    assert growth(sizes) == pytest.approx(2)


def test_counts_of_a_lesson_are_kept_to_the_last_digit() -> None:
    line = Line("any", "any", {}, trained=False, lesson=True)
    found = measures(line, [Run({}, [], LESSON)])
    assert (found["forward"], found["without"], found["cost_after"]) == (1234, 9876, 0.6)
    # Of the weights that were moved at all.
    assert (found["moved"], found["risen"]) == (0.75, 0)
    # On the way back, the error of the answer itself stands apart.
    assert found["back"] == 0.25


def tried(epochs: int, milliseconds: float) -> Run:
    """A job that reaches the loss in its last epoch."""
    rows: list[Any] = [
        {"epoch": e, "step": 4 * e, "loss": 1.0, "seconds": e * milliseconds / 1000}
        for e in range(1, epochs)
    ]
    last = {"epoch": epochs, "step": 4 * epochs, "loss": BATCH_LOSS / 2}
    return Run({}, [*rows, {**last, "seconds": epochs * milliseconds / 1000}])


def test_the_time_to_a_loss_is_that_of_the_rate_that_needs_the_fewest_epochs() -> None:
    runs = {
        f"{rows}_{rate:g}": [tried(5 if rate == 0.01 else 9, 20.0)] * 3
        for rows in BATCH_EPOCHS
        for rate in BATCH_RATES
    }
    fast = fastest(runs, "all")
    assert (fast.rate, fast.steps) == (0.01, 4)
    found = batches(runs, busy=0.5)["sizes"]["rows_all"]
    assert (found["epochs"], found["epoch_ms"], found["seconds"]) == (5, 20, 0.1)
    assert found["ranges"]["seconds"] == [0.1, 0.1]


def test_a_cost_falls_up_to_the_last_rate_at_which_it_does_with_every_seed() -> None:
    lines: Json = {}
    for dataset in STEP_SIDES:
        for kind in STEP_KINDS:
            for rate in STEP_RATES:
                ranges = {"moved": [rate, rate], "rise": [0.5, 1.5]}
                line = {"moved": rate, "risen": 0 if rate < 0.001 else 2, "ranges": ranges}
                lines[f"{dataset}_{kind}_{plain(rate)}"] = line
    assert {line["falls_up_to"] for line in first_steps(lines).values()} == {0.0003}
