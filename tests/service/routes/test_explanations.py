"""The rows that a model has learned from and that are most like a picture."""

import shutil
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.service.routes.shelf import CLASSES, PICTURES
from tests.worker.data.making import encoded
from tests.worker.serving.test_loaded_models import publish
from worker.data.preprocessing import Preprocessing
from worker.serving import nearest
from worker.store.store import Store

HOW = Preprocessing(height=9, width=7)
TRAIN = PICTURES["train"]


@pytest.fixture
def path(root: Path, pictures: str) -> str:
    """Of a model that sees pixels alone, so that rows are as alike as these."""
    about: dict[str, Any] = {"dataset": {"id": pictures.rpartition("/")[2]}, "classes": CLASSES[:2]}
    publish(Store(root), "pets", 1, HOW.shape, preprocessing=HOW, weight=1e-5, **about)
    return "/v1/models/pets/explain"


def neighbours(http: httpx.Client, path: str, row: int, **query: int) -> Any:
    answer = http.post(path, content=encoded(TRAIN[row], "PNG"), params=query)
    assert answer.status_code == 200, answer.text
    return answer.json()["nearest"]


def test_a_row_is_most_like_itself_and_can_be_looked_at(
    http: httpx.Client, path: str, pictures: str
) -> None:
    for row in (3, 8):
        found = neighbours(http, path, row)
        assert (found["compared"], found["rows"], len(found["data"])) == (12, 12, 5)
        first, *others = found["data"]
        assert (first["row"], first["label"]) == (row, CLASSES[row % 2])
        assert first["name"] == f"pets/{row}.jpg"
        assert first["similarity"] == pytest.approx(1, abs=1e-6)
        assert all(each["similarity"] < 0.999 for each in others)
        assert http.get(first["picture"]).content == http.get(f"{pictures}/rows/{row}.png").content


def test_as_many_are_told_as_are_asked_for(http: httpx.Client, path: str) -> None:
    assert neighbours(http, path, 3, nearest=0) is None
    assert len(neighbours(http, path, 3, nearest=50)["data"]) == 12


def test_of_many_rows_some_are_compared_spread_over_all(
    http: httpx.Client, path: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(nearest, "MOST_ROWS", 4)
    found = neighbours(http, path, 3)
    assert (found["compared"], found["rows"]) == (4, 12)
    assert sorted(each["row"] for each in found["data"]) == [0, 3, 6, 9]


def test_without_the_dataset_nothing_is_near(http: httpx.Client, path: str, root: Path) -> None:
    shutil.rmtree(root / "datasets")
    assert neighbours(http, path, 3) is None
