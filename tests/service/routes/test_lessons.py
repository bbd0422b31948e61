"""One step of a training, shown whole over HTTP."""

from typing import Any

import httpx
import pytest

from tests.problems import expect_problem
from tests.service.routes.shelf import Shelf
from worker.jobs.record import new_id
from worker.jobs.transitions import Transitions
from worker.store.datasets import DatasetStore
from worker.training import lesson

STEP = "/v1/lessons/step"
SMALL = {
    "network": {"hidden_units": [2], "activation": "tanh"},
    "optimizer": {"kind": "sgd", "learning_rate": 0.01},
}


def dataset_of(path: str) -> str:
    return path.rpartition("/")[2]


def step(http: httpx.Client, dataset: str, most: int = 8, **spec: Any) -> Any:
    """A good request, and what is answered."""
    asked = {"dataset": dataset_of(dataset), **SMALL, **spec}
    answer = http.post(STEP, json=asked, params={"most": most})
    assert answer.status_code == 200, answer.text
    return answer.json()


def array(found: Any, name: str) -> Any:
    [one] = [each for each in found["arrays"] if each["name"] == name]
    return one


def test_a_spec_is_answered_by_a_step_with_every_array(http: httpx.Client, table: str) -> None:
    found = step(http, table)
    assert [each["name"] for each in found["arrays"]] == [
        "A0", "Y", "W1", "b1", "W2", "b2", "Z1", "A1", "Z2", "ŷ", "J",
        "dZ2", "dW2", "db2", "dA1", "dZ1", "dW1", "db1",
    ]  # fmt: skip
    dW2 = array(found, "dW2")  # noqa: N806
    assert dW2 | {"numbers": ()} == {
        "name": "dW2", "shape": [2, 3], "part": "backward", "layer": "2",
        "formula": "dW2 = A1ᵀ dZ2", "multiplications": 4 * 2 * 3, "uses": ["A1", "dZ2"],
        "arrived": ["dZ2"], "used_by": ["W2"], "kept": False, "numbers": (),
    }  # fmt: skip
    A, dZ = (array(found, name)["numbers"] for name in ("A1", "dZ2"))  # noqa: N806
    by_hand = sum(A[row][1] * dZ[row][2] for row in range(4))
    assert dW2["numbers"][1][2] == pytest.approx(by_hand, rel=1e-12)
    assert array(found, "A0")["formula"] is array(found, "Y")["layer"] is None
    assert (array(found, "Z1")["kept"], array(found, "Z2")["kept"]) == (True, False)


def test_what_comes_of_a_step_is_told(http: httpx.Client, table: str) -> None:
    found = step(http, table)
    assert found["cost_after"] < found["cost_before"] == array(found, "J")["numbers"]
    assert found["check"]["difference"] < 1e-9 < found["check"]["largest"]
    assert found["check"]["derivatives"] == 4 * 2 + 2 + 2 * 3 + 3
    assert found["cache"]["kept"] == ["Z1", "A1", "ŷ"]
    there = 4 * (4 * 2 + 2 * 3)
    assert found["cache"]["forward"] == there
    back = found["cache"]["backward"]
    assert found["cache"]["backward_without"] == back + there + 4 * 4 * 2
    assert found["rows"][:2] == [
        {"row": 0, "label": "other"},
        {"row": 1, "label": "猫 / «cat» & ?"},
    ]
    assert found["left_out"] == []
    update, W, dW = found["updates"][0], array(found, "W1"), array(found, "dW1")  # noqa: N806
    assert update["formula"] == "W1 ← W1 − α dW1"
    assert update["before"] == W["numbers"]
    moved = W["numbers"][3][1] - 0.01 * dW["numbers"][3][1]
    assert update["after"][3][1] == pytest.approx(moved, rel=1e-12)


def test_of_what_is_large_the_corner_is_shown(http: httpx.Client, pictures: str) -> None:
    found = step(http, pictures, most=3)
    assert array(found, "W1")["shape"] == [9 * 7 * 3, 2]
    assert [len(row) for row in array(found, "W1")["numbers"]] == [2, 2, 2]
    assert [len(row) for row in array(found, "A0")["numbers"]] == [3, 3, 3]
    network = {"kind": "convolutional", "blocks": [{"filters": 3}], "hidden_units": []}
    by_kernels = step(http, pictures, most=2, network=network)
    assert array(by_kernels, "A0")["shape"] == [4, 9, 7, 3]
    [first, second] = array(by_kernels, "W1")["numbers"]
    assert [len(first), len(first[0]), len(second[0][0])] == [2, 2, 2]


def test_a_job_is_shown_as_its_spec_is(http: httpx.Client, table: str) -> None:
    asked = {"dataset": dataset_of(table), **SMALL}
    job = http.post("/v1/jobs", json=asked).json()["id"]
    answer = http.get(STEP, params={"job": job})
    assert answer.status_code == 200, answer.text
    assert answer.json() == step(http, table)
    assert [each["id"] for each in http.get("/v1/jobs").json()["data"]] == [job]  # no other


def test_a_recipe_is_expanded(http: httpx.Client, table: str) -> None:
    answer = http.post(STEP, json={"dataset": dataset_of(table), "recipe": "classic"})
    assert array(answer.json(), "W3")["shape"] == [7, 5]


def test_a_spec_that_cannot_be_shown_is_refused(
    http: httpx.Client, table: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(lesson, "MOST_PARAMETERS", 1_000)
    for spec, code in (
        ({"dataset": "ds_" + "0" * 32}, "invalid_parameter"),
        ({"dataset": None}, "invalid_parameter"),
        ({"network": {"hidden_units": [2], "dropuot": 1}}, "invalid_parameter"),
        ({"network": {"hidden_units": [900, 900]}}, "limit_exceeded"),
    ):
        refused = http.post(STEP, json={"dataset": dataset_of(table), **SMALL, **spec})
        expect_problem(refused, 422, code)
        [fault] = refused.json()["errors"]
        assert fault["pointer"].startswith(f"/{next(iter(spec))}")
        step(http, table)


def test_a_job_that_cannot_be_shown_is_refused(
    http: httpx.Client, table: str, jobs: Transitions
) -> None:
    good = {"dataset": dataset_of(table), **SMALL}
    by_backbone = jobs.create(new_id("job"), {**good, "backbone": "bb_" + "1" * 32}).id
    of_another = jobs.create(new_id("job"), {**good, "network": {"kind": "capsules"}}).id
    for job, status, code in (
        (new_id("job"), 404, "job_not_found"),
        (by_backbone, 422, "invalid_parameter"),
        (of_another, 422, "invalid_parameter"),
    ):
        expect_problem(http.get(STEP, params={"job": job}), status, code)
    assert "another version" in http.get(STEP, params={"job": of_another}).json()["detail"]
    for asked in ("", f"?job={by_backbone}&most=0", f"?job={by_backbone}&most=33"):
        assert http.get(f"{STEP}{asked}").status_code == 422
    step(http, table)


def test_a_job_whose_dataset_is_gone_is_404(
    http: httpx.Client, shelf: Shelf, table: str, pictures: str, jobs: Transitions, root: Any
) -> None:
    job = jobs.create(new_id("job"), {"dataset": dataset_of(table), **SMALL}).id
    DatasetStore(root / "datasets").drop(dataset_of(table))
    expect_problem(http.get(STEP, params={"job": job}), 404, "dataset_not_found")
    step(http, pictures)
