"""How the recipes `photos` and `backbone` are measured: on which files, with which specs, and what
is told of it."""

import json
from pathlib import Path

import numpy as np
import pytest
from numpy.testing import assert_array_equal

from benchmarks.learning import few_photos
from benchmarks.learning.learning_page import LEARNED_TABLES, NOTHING, OF_FEATURES, of_features
from benchmarks.learning.photo_sets import SETS, PhotoSet, as_they_are
from benchmarks.learning.photos import ABLATION, RECIPE, interval
from tests.worker.training.test_fit import pictures
from worker.data import sketches
from worker.data.dataset import Dataset
from worker.data.hdf5 import reader
from worker.jsontypes import Json
from worker.spec import JobSpec
from worker.spec.recipes import RECIPES, merged

FOUND: Json = {
    "pets": {
        "title": "photos",
        "train_rows": 1200,
        "accuracies": [0.85, 0.87],
        "mean": 0.86,
        "interval": [0.733, 0.987],
        "minutes": 9.76,
        "ablation": {"half as deep": {"mean": 0.8125}},
    }
}


def spec_of(changes: Json) -> JobSpec:
    return JobSpec.model_validate({"dataset": f"ds_{0:032x}", **merged(RECIPE, changes)})


@pytest.mark.parametrize("part", ABLATION)
def test_each_part_can_be_left_out(part: str) -> None:
    left_out = spec_of(ABLATION[part]).model_dump()
    whole = spec_of({}).model_dump()
    assert [field for field in whole if left_out[field] != whole[field]] == [*ABLATION[part]]


def test_half_as_deep_has_half_the_blocks() -> None:
    blocks = ABLATION["half as deep"]["network"]["blocks"]
    assert len(blocks) == len(RECIPE["network"]["blocks"]) // 2


def test_the_interval_is_students() -> None:
    low, high = interval([0.7, 0.8, 0.9]) or (0.0, 0.0)
    # 4.303 deviations of 0.1, over the root of three.
    assert (low, high) == pytest.approx((0.5516, 1.0), abs=1e-4)


def test_the_interval_of_more_seeds_than_the_table_has_is_no_narrower_than_the_truth() -> None:
    low, high = interval([0.4, 0.6] * 10) or (0.0, 0.0)
    # t of 19 degrees of freedom is 2.093.
    assert low < 0.5 - 2.093 * 0.1026 / 20**0.5
    assert high > 0.5 + 2.093 * 0.1026 / 20**0.5


def test_one_seed_has_no_interval() -> None:
    assert interval([0.8]) is None


def test_missing_files_are_named(tmp_path: Path) -> None:
    (tmp_path / "train_catvnoncat.h5").touch()
    assert SETS["course"].missing(tmp_path) == ["test_catvnoncat.h5"]
    assert SETS["pets"].missing(None) == ["pets.zip"]
    assert SETS["sketches"].missing(None) == []


def test_a_set_is_imported_as_an_upload_is(tmp_path: Path) -> None:
    drawn, names = sketches.draw(train_rows=4, test_rows=2), ("train.h5", "test.h5")
    reader.write(tmp_path / names[0], "train", drawn.train_x, drawn.train_y, sketches.CLASSES)
    reader.write(tmp_path / names[1], "test", drawn.test_x, drawn.test_y, sketches.CLASSES)
    dataset = PhotoSet("sketches", 1, 0.9, names, as_they_are).imported(tmp_path, tmp_path)
    assert (dataset.classes, dataset.shape) == ([*sketches.CLASSES], [64, 64, 3])
    assert_array_equal(dataset.train.x, drawn.train_x)
    assert_array_equal(dataset.splits["test"].y, drawn.test_y)


def test_what_was_reached_is_told() -> None:
    assert LEARNED_TABLES["reached"](FOUND).splitlines()[2:] == [
        "| photos | 1,200 | 86.0 % | 73.3 to 98.7 % | 2 | 9.8 |"
    ]
    assert LEARNED_TABLES["parts"](FOUND).splitlines() == [
        "| | photos |",
        "| --- | --- |",
        "| the recipe | 86.0 % |",
        "| half as deep | 81.2 % |",
    ]


@pytest.mark.parametrize("table", LEARNED_TABLES)
def test_what_was_not_measured_is_said_to_be_so(table: str) -> None:
    assert LEARNED_TABLES[table]({}) == NOTHING


def chosen(dataset: Dataset) -> list[bytes]:
    return sorted(row.tobytes() for row in dataset.train.x)


def test_each_draw_has_as_many_of_each_class_and_others() -> None:
    whole = pictures(rows=90, classes=3)
    first, second = few_photos.drawn(whole, 4, times=2)
    assert np.bincount(first.train.y).tolist() == np.bincount(second.train.y).tolist() == [4] * 3
    assert chosen(first) != chosen(second)
    assert {*chosen(first)} < {*chosen(whole)}
    assert first.splits["test"] is whole.splits["test"]
    again, _ = few_photos.drawn(whole, 4, times=2)
    assert chosen(first) == chosen(again)


def test_of_all_photos_none_is_drawn() -> None:
    whole = pictures()
    assert [*few_photos.drawn(whole, None, times=2)] == [whole, whole]


def test_the_interval_of_seeds_alone_is_that_of_the_test_rows() -> None:
    found = few_photos.measured(pictures(), None, times=2, threads=1)
    assert (found["train_rows"], len(found["accuracies"])) == (60, 2)
    assert found["interval"][0] < found["mean"] - 0.1  # of 20 rows, however alike seeds are


@pytest.mark.parametrize(("mean", "low"), [(0.964, True), (0.966, False)])
def test_what_reaches_less_than_is_asked_for_is_told(
    mean: float, low: bool, capsys: pytest.CaptureFixture[str]
) -> None:
    assert few_photos.low("pets", {"each": 20, "train_rows": 40, "mean": mean}) is low
    assert ("expected 96.5% at least" in capsys.readouterr().out) is low


def test_the_recipe_for_features_tells_what_was_reached_by_it() -> None:
    kept = json.loads(OF_FEATURES.read_text())
    recipe = RECIPES["backbone"]
    assert kept["recipe"] == recipe.spec
    sizes = [(name, size) for name, found in kept["sets"].items() for size in found["sizes"]]
    assert not any(few_photos.low(name, size) for name, size in sizes)
    assert [(each.accuracy, each.seeds) for each in recipe.reached or ()] == [
        (round(size["mean"], 3), len(size["accuracies"])) for _, size in sizes
    ]
    for each, (_, size) in zip(recipe.reached or (), sizes, strict=True):
        assert f"{size['train_rows']:,}" in each.on
        assert size["minutes"] <= each.minutes


def test_features_that_were_not_measured_are_said_to_be_so() -> None:
    assert of_features({}) == NOTHING
