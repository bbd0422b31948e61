"""How the recipe `photos` is measured: on which files, with which specs, and what is told of it."""

from pathlib import Path

import pytest
from numpy.testing import assert_array_equal

from benchmarks.learning.learning_page import LEARNED_TABLES, NOTHING
from benchmarks.learning.photo_sets import SETS, PhotoSet, as_they_are
from benchmarks.learning.photos import ABLATION, RECIPE, interval
from worker.data import sketches
from worker.data.hdf5 import reader
from worker.jsontypes import Json
from worker.spec import JobSpec
from worker.spec.recipes import merged

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
