"""A table from its upload to answers, in the whole service."""

import csv
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from service.launcher.launcher import Launcher
from tests.problems import expect_problem
from tests.service.api import Api
from tests.service.whole.reference_model import weights
from worker.data.tables.preprocessing import TablePreprocessing

ROWS = 400


def patients() -> list[dict[str, Any]]:
    """Whoever is old or drinks tea is well."""
    rng = np.random.default_rng(3)
    found = []
    for number in range(ROWS):
        age, drink = int(rng.integers(1, 99)), ("tea", "coffee", "water")[rng.integers(3)]
        weight = None if number % 11 == 0 else round(float(rng.normal(70, 9)), 2)
        state = "well" if age > 60 or drink == "tea" else "ill"
        row = {"age": age, "drink": drink, "weight": weight, "name": f"p{number}", "state": state}
        found.append(row)
    return found


@pytest.fixture(scope="module")
def table(shared_folder: Path) -> Path:
    path = shared_folder / "patients.csv"
    with path.open("w", newline="") as file:
        writer = csv.DictWriter(file, patients()[0], delimiter=";")
        writer.writeheader()
        writer.writerows(patients())
    return path


@pytest.fixture(scope="module")
def dataset(api: Api, table: Path) -> dict[str, Any]:
    asked = {"name": "patients", "label": "state", "leave_out": ["name"]}
    files = [("file", ("patients.csv", table.read_bytes()))]
    answer = api.http.post("/v1/datasets", params=asked, files=files)
    assert answer.status_code == 202, answer.text
    return api.poll(answer.headers["location"], lambda body: body["state"] != "importing")


def test_a_table_is_uploaded_trained_on_and_asked_about(
    api: Api, launcher: Launcher, dataset: dict[str, Any]
) -> None:
    assert (dataset["state"], dataset["kind"], dataset["shape"]) == ("ready", "table", [6])
    assert dataset["classes"] == ["ill", "well"]
    assert {finding["code"] for finding in dataset["findings"]} >= {
        "columns_left_out", "missing_values", "test_held_out",
    }  # fmt: skip
    job = api.submit(dataset=dataset["id"], model="patients", recipe="table", epochs=20)
    done = api.finished(job["id"])
    assert done["state"] == "succeeded", done
    assert done["result"]["test"]["accuracy"] > 0.85
    rows = [{n: r[n] for n in ("drink", "weight", "age")} for r in patients()[:50]]
    answer = api.http.post("/v1/models/patients/predict", json={"rows": rows})
    said = answer.raise_for_status().json()["predictions"]
    manifest = api.http.get("/v1/models/patients/versions/1").json()
    assert said == expected(launcher, done, manifest["preprocessing"], rows)
    lists = [[row["age"], row["drink"], row["weight"]] for row in rows]
    again = api.http.post("/v1/predict", params={"top": 2}, json={"rows": lists})
    assert again.json()["predictions"] == said


def expected(
    launcher: Launcher, job: dict[str, Any], kept: dict[str, Any], rows: list[dict[str, Any]]
) -> list[Any]:
    """The answers by the formulas, with the arithmetic of the model's preprocessing."""
    tensors = weights(launcher, job["model"])
    table = TablePreprocessing.from_dict(kept)
    cells = []
    for column in table.columns:
        own = [row[column.name] for row in rows]
        if column.kind == "text":
            cells.append(np.array([column.places[text] for text in own]))
        else:
            cells.append(np.array([np.nan if n is None else n for n in own], float))
    x = table.encoded(cells).astype("float64")
    for layer in range(1, len(tensors) // 2 + 1):
        x = x @ tensors[f"W{layer}"].astype("float64") + tensors[f"b{layer}"].astype("float64")
        x = np.maximum(x, 0) if f"W{layer + 1}" in tensors else x
    well = 1 / (1 + np.exp(-x[:, 0]))
    return [
        {
            "label": "well" if one > 0.5 else "ill",
            "probability": pytest.approx(max(one, 1 - one)),
            "probabilities": {"ill": pytest.approx(1 - one), "well": pytest.approx(one)},
            "decision": "well" if one > 0.5 else "ill",
            "confidence": None,
            "reason": None,
        }
        for one in well
    ]


def test_a_table_that_is_refused_says_what_would_help(api: Api, table: Path) -> None:
    found = api.upload([table])
    assert found["state"] == "rejected"
    assert found["problem"]["code"] == "corrupt_file"
    assert "say with label which of them has the classes" in found["problem"]["detail"]


def test_a_table_is_not_scaled_as_pixels_are(api: Api, dataset: dict[str, Any]) -> None:
    spec = {"dataset": dataset["id"], "normalization": "scale"}
    answer = api.http.post("/v1/jobs", json=spec)
    expect_problem(answer, 422, "invalid_parameter", "/normalization")


def test_convolutions_find_no_pictures_in_a_table(api: Api, dataset: dict[str, Any]) -> None:
    answer = api.http.post("/v1/jobs", json={"dataset": dataset["id"], "recipe": "photos"})
    assert answer.status_code == 422
