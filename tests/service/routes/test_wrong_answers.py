"""What a version answered wrong, as a list and as a sheet."""

from collections.abc import Mapping
from typing import Any

import httpx
import numpy as np
import pytest

from tests.problems import expect_problem
from tests.service.routes.shelf import CLASSES, PICTURES, pixels
from tests.worker.data.sheet.tiles import tile
from worker.data.row_answers import FILE, RowAnswers, arrays_of, of_arrays
from worker.data.sheet.places import Places
from worker.operations import kept_answers
from worker.operations.kept_answers import KeptAnswers
from worker.store.store import Store

# Of the five rows to test, of which those with an odd number are of the second class.
SAID = [1, 1, 2, 1, 0]
SURE = [0.6, 0.9, 0.8, 0.5, 0.7]
GIVEN = [0.4, 0.9, 0.1, 0.5, 0.7]


def answers(split: str, rows: int) -> RowAnswers:
    numbers = (np.resize(each, rows) for each in (SAID, SURE, GIVEN))
    return RowAnswers(split, np.arange(rows), np.arange(rows) % 2, *numbers)


@pytest.fixture
def put(store: Store) -> Any:
    """Publishes a version that was measured on a dataset."""

    def publish(version: int, dataset: str, splits: Mapping[str, RowAnswers]) -> str:
        about = {
            "job": f"job_{version}",
            "dataset": {"id": dataset},
            "classes": CLASSES,
            "shape": [9, 7, 3],
        }
        others = {FILE: arrays_of(splits)} if splits else {}
        store.models.publish("pets", version, {"W1": np.ones(1)}, about, {}, others=others)
        return f"/v1/models/pets/versions/{version}/errors"

    return publish


@pytest.fixture
def errors(put: Any, pictures: str) -> str:
    return str(
        put(
            1,
            pictures.rpartition("/")[2],
            {"test": answers("test", 5), "validation": answers("train", 3)},
        )
    )


def rows(answer: httpx.Response) -> list[int]:
    assert answer.status_code == 200, answer.text
    return [each["row"] for each in answer.json()["data"]]


def test_wrong_answers_come_surest_first_with_where_each_is_seen(
    http: httpx.Client, errors: str, pictures: str
) -> None:
    found = http.get(errors).json()
    assert (found["rows"], found["wrong"], found["next"]) == (5, 2, None)
    assert [(one["row"], one["true"], one["predicted"]) for one in found["data"]] == [
        (2, CLASSES[0], CLASSES[2]),
        (0, CLASSES[0], CLASSES[1]),
    ]
    first = found["data"][0]
    assert first["probability"] == pytest.approx(0.8)
    assert first["true_probability"] == pytest.approx(0.1)
    assert (
        http.get(first["picture"]).content == http.get(f"{pictures}/rows/2.png?split=test").content
    )


def test_rows_to_validate_are_where_the_dataset_has_them(http: httpx.Client, errors: str) -> None:
    found = http.get(errors, params={"split": "validation"}).json()["data"]
    assert [(one["split"], one["name"]) for one in found] == [
        ("train", "pets/2.jpg"),
        ("train", "pets/0.jpg"),
    ]


def test_they_are_asked_for_by_class_and_by_answer(http: httpx.Client, errors: str) -> None:
    assert rows(http.get(errors, params={"true": CLASSES[0], "predicted": "dog"})) == [2]
    assert rows(http.get(errors, params={"true": CLASSES[1]})) == []
    refused = http.get(errors, params={"predicted": "dgo"})
    expect_problem(refused, 422, "invalid_parameter")
    assert "'dog' was probably meant" in refused.json()["detail"]


def test_and_page_by_page(http: httpx.Client, errors: str) -> None:
    first = http.get(errors, params={"limit": 1})
    assert (rows(first), first.json()["next"]) == ([2], "1")
    rest = http.get(errors, params={"limit": 1, "after": first.json()["next"]})
    assert (rows(rest), rest.json()["next"]) == ([0], None)


def test_answers_are_read_once_for_all_pages_and_not_told_of_a_version_that_is_gone(
    http: httpx.Client, put: Any, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    path, read = put(1, "ds_gone", {"test": answers("test", 5), "train": answers("train", 4)}), []

    def counted(arrays: Any) -> Any:
        read.append(arrays)
        return of_arrays(arrays)

    monkeypatch.setattr(kept_answers, "of_arrays", counted)
    assert [rows(http.get(path, params={"after": after})) for after in (0, 1)] == [[2, 0], [0]]
    assert len(read) == 1
    assert rows(http.get(path, params={"split": "train"})) == [2, 0]
    assert len(read) == 2
    store.models.withdraw("pets", "job_1")
    expect_problem(http.get(path), 404, "model_not_found")
    put(1, "ds_gone", {"test": answers("test", 1)})  # by another job, whose number it is then
    assert rows(http.get(path)) == [0]


@pytest.mark.parametrize(("name", "most"), [("MOST_KEPT", 1), ("MOST_BYTES", 1)])
def test_only_the_last_answers_are_kept(
    store: Store, put: Any, monkeypatch: pytest.MonkeyPatch, name: str, most: int
) -> None:
    put(1, "ds_gone", {"test": answers("test", 5), "train": answers("train", 4)})
    monkeypatch.setattr(kept_answers, name, most)
    kept, manifest = KeptAnswers(store.models), store.models.manifest("pets", 1)
    first = kept.get(manifest, "test")
    assert kept.get(manifest, "test") is first
    kept.get(manifest, "train")
    assert kept.get(manifest, "test") is not first


def test_a_sheet_has_the_pictures_of_each_confusion(http: httpx.Client, errors: str) -> None:
    found = pixels(http.get(f"{errors}.png"))
    places = Places(PICTURES["test"].shape[1:], 2, 1, legend=0)
    larger = places.picture[0] // PICTURES["test"].shape[2]
    for group, row in enumerate((2, 0)):
        drawn = tile(found, places, group, 0)[::larger, ::larger]
        assert np.array_equal(drawn, PICTURES["test"][row])
    assert pixels(
        http.get(f"{errors}.png", params={"true": "dog"})
    ).any()  # says that there is none


def test_of_rows_that_are_no_pictures_there_is_no_sheet(
    http: httpx.Client, put: Any, table: str
) -> None:
    path = put(1, table.rpartition("/")[2], {"test": answers("test", 5)})
    expect_problem(http.get(f"{path}.png"), 422, "invalid_parameter")


def test_they_stay_known_when_the_dataset_goes(http: httpx.Client, put: Any) -> None:
    path = put(1, "ds_gone", {"test": answers("test", 5)})
    found = http.get(path).json()["data"]
    assert [(one["row"], one["name"], one["picture"]) for one in found] == [
        (2, None, None),
        (0, None, None),
    ]
    expect_problem(http.get(f"{path}.png"), 404, "dataset_not_found")


def test_what_was_not_measured_or_kept_is_said(http: httpx.Client, put: Any, errors: str) -> None:
    refused = http.get(errors, params={"split": "train"})
    expect_problem(refused, 422, "invalid_parameter")
    assert "test, validation, got train" in refused.json()["detail"]
    before = http.get(put(2, "ds_1", {}))
    expect_problem(before, 404, "model_not_found")
    assert "Train it again" in before.json()["detail"]
