"""What the numbers of a dataset are like."""

from pathlib import Path

import httpx
import numpy as np
import pytest

from tests.service.routes.shelf import CLASSES, PICTURES, TABLE


def test_statistics_are_those_of_the_stored_pixels(http: httpx.Client, pictures: str) -> None:
    found = http.get(f"{pictures}/statistics").json()
    x = PICTURES["train"].reshape(-1, 3)
    train = found["splits"]["train"]
    assert train["mean"] == pytest.approx(x.mean(axis=0).tolist())
    assert train["sigma"] == pytest.approx(x.std(axis=0).tolist())
    assert [sum(counts) for counts in train["histogram"]] == [len(x)] * 3
    assert [own["rows"] for own in train["per_class"].values()] == [6, 6, 0]
    assert [*train["per_class"]] == CLASSES


def test_columns_have_statistics_too(http: httpx.Client, table: str) -> None:
    found = http.get(f"{table}/statistics").json()
    columns = np.concatenate([*TABLE.values()]).astype(float)
    assert [edges[0] for edges in found["edges"]] == columns.min(axis=0).tolist()
    assert [edges[-1] for edges in found["edges"]] == columns.max(axis=0).tolist()
    assert found["features"] == ["age", "age is missing", "colour = red", "colour = blue"]
    assert http.get(f"{table}/statistics").json() == found  # by now it is kept


def test_statistics_are_computed_once(http: httpx.Client, root: Path, pictures: str) -> None:
    first = http.get(f"{pictures}/statistics")
    folder = root / "datasets" / pictures.rpartition("/")[2]
    assert (folder / "statistics.json").exists()
    (folder / "train_x.npy").unlink()  # which nobody needs any more
    assert http.get(f"{pictures}/statistics").content == first.content


def test_statistics_of_other_rows_are_computed_anew(
    http: httpx.Client, root: Path, pictures: str
) -> None:
    first = http.get(f"{pictures}/statistics").content
    path = root / "datasets" / pictures.rpartition("/")[2] / "statistics.json"
    path.write_bytes(first.replace(b"sha256:", b"sha256:0"))
    assert http.get(f"{pictures}/statistics").content == first
