"""A model that starts from another, by the whole service: from its upload to its answers."""

from pathlib import Path

import numpy as np
import pytest
from safetensors.numpy import load

from tests.problems import expect_problem
from tests.service.api import Api
from tests.worker.data.making import npz_file
from worker.jsontypes import Json

NETWORKS: dict[str, Json] = {
    "dense": {"kind": "dense", "hidden_units": [12, 8]},
    "convolutional": {
        "kind": "convolutional",
        "blocks": [{"filters": 4}, {"filters": 6}],
        "hidden_units": [8],
    },
    "layers": {
        "kind": "layers",
        "layers": [
            {"kind": "convolution", "filters": 4}, {"kind": "batch_norm"}, {"kind": "activation"},
            {"kind": "residual", "layers": [{"kind": "convolution", "filters": 4}]},
            {"kind": "flatten"}, {"kind": "dense", "units": 8}, {"kind": "activation"},
        ],
    },
}  # fmt: skip
FROZEN = {"dense": 1, "convolutional": 2, "layers": 3}


def pictures(classes: int, rows: int, seed: int, side: int = 16) -> tuple[np.ndarray, np.ndarray]:
    """Pictures of which each class has a bright third of its own."""
    rng = np.random.default_rng(seed)
    y = np.arange(rows) % classes
    x = rng.integers(0, 100, (rows, side, side, 3))
    for at, label in enumerate(y):
        x[at, label * side // 3 : (label + 1) * side // 3] += 120
    return x.astype(np.uint8), y


def uploaded(api: Api, folder: Path, name: str, classes: int, side: int = 16) -> str:
    (x, y), (test_x, test_y) = pictures(classes, 90, 1, side), pictures(classes, 30, 2, side)
    names = np.array(["top", "middle", "bottom"][:classes])
    file = npz_file(
        folder / f"{name}.npz",
        x_train=x, y_train=y, x_test=test_x, y_test=test_y, class_names=names,
    )  # fmt: skip
    found = api.upload([file], name=name)
    assert found["state"] == "ready", found
    return str(found["id"])


@pytest.fixture(scope="module")
def two(api: Api, shared_folder: Path) -> str:
    return uploaded(api, shared_folder, "two", 2)


@pytest.fixture(scope="module")
def three(api: Api, shared_folder: Path) -> str:
    """The same pictures with one class more."""
    return uploaded(api, shared_folder, "three", 3)


def weights(api: Api, name: str, version: int) -> dict[str, np.ndarray]:
    path = f"/v1/models/{name}/versions/{version}/weights.safetensors"
    return load(api.http.get(path).raise_for_status().content)


@pytest.mark.parametrize("precision", ["float32", "float64"])
@pytest.mark.parametrize("kind", NETWORKS)
def test_a_model_learns_one_class_more_from_where_another_ended(
    api: Api, two: str, three: str, kind: str, precision: str
) -> None:
    first, second = f"{kind}-{precision}", f"more-{kind}-{precision}"
    common: Json = {"precision": precision, "batch_size": 16}
    fast = {"kind": "adam", "learning_rate": 0.01}
    api.train(dataset=two, model=first, network=NETWORKS[kind], epochs=15, optimizer=fast, **common)
    asked = {"dataset": three, "model": second, "freeze": FROZEN[kind], "optimizer": fast}
    job = submitted(api, **asked, start_from={"model": first}, epochs=40, **common)
    assert job["spec"]["start_from"] == {"model": first, "version": 1}
    assert job["spec"]["network"]["kind"] == kind
    done = api.finished(job["id"])
    assert done["state"] == "succeeded", done
    *before, last = [row["weights"] for row in done["summary"] if row["number"]]
    taken = len(before) - FROZEN[kind]
    assert (before, last) == (["frozen"] * FROZEN[kind] + ["taken"] * taken, "drawn")
    assert done["gradient_check"]["largest_error"] < 1e-6
    assert not [each for each in done["findings"] if each["severity"] == "severe"]
    assert done["result"]["test"]["accuracy"] > 0.9
    version = api.http.get(f"/v1/models/{second}/versions/1").json()
    digest = api.http.get(f"/v1/models/{first}/versions/1").json()["digest"]
    assert version["parents"] == [{"model": first, "version": 1, "digest": digest}]
    listed = api.http.get(f"/v1/models/{second}").json()["versions"]
    assert listed[0]["parents"] == version["parents"]
    kept, learned = weights(api, first, 1), weights(api, second, 1)
    for name in ("W1", "b1"):
        assert kept[name].tobytes() == learned[name].tobytes()
    x, y = pictures(3, 9, 8)
    answer = api.http.post(f"/v1/models/{second}/predict", json={"rows": x.reshape(9, -1).tolist()})
    told = [row["label"] for row in answer.raise_for_status().json()["predictions"]]
    assert (
        np.mean(
            [["top", "middle", "bottom"][label] == at for label, at in zip(y, told, strict=True)]
        )
        > 0.8
    )


def submitted(api: Api, **spec: object) -> Json:
    """The job, whose network is that of the model from which it starts."""
    answer = api.http.post("/v1/jobs", json=spec)
    assert answer.status_code == 202, answer.text
    return answer.json()  # type: ignore[no-any-return]


@pytest.fixture(scope="module")
def model(api: Api, two: str) -> str:
    api.train(dataset=two, model="start", network=NETWORKS["dense"], epochs=1)
    return "start"


@pytest.mark.parametrize(
    ("start", "fields", "pointer"),
    [
        ({"model": "nobody"}, {}, "/start_from/model"),
        ({"model": "start", "version": 99}, {}, "/start_from/version"),
        ({"model": "start"}, {"freeze": 3}, "/freeze"),
        ({"model": "start"}, {"network": NETWORKS["convolutional"]}, "/start_from"),
        ({"model": "start"}, {"normalization": "none"}, "/normalization"),
        (None, {"freeze": 1}, "/freeze"),
    ],
)
def test_what_does_not_fit_is_refused_at_its_place(
    api: Api, two: str, model: str, start: Json | None, fields: Json, pointer: str
) -> None:
    answer = api.http.post("/v1/jobs", json={"dataset": two, "start_from": start, **fields})
    expect_problem(answer, 422, "invalid_parameter", pointer)


def test_pictures_of_another_size_are_refused(api: Api, model: str, shared_folder: Path) -> None:
    smaller = uploaded(api, shared_folder, "smaller", 2, side=12)
    answer = api.http.post("/v1/jobs", json={"dataset": smaller, "start_from": {"model": model}})
    expect_problem(answer, 422, "invalid_parameter", "/start_from")
    assert "12" in answer.json()["detail"]


def test_a_retry_starts_from_the_same_version(api: Api, two: str, model: str) -> None:
    first = submitted(api, dataset=two, model=model, start_from={"model": model}, epochs=1)
    assert api.finished(first["id"])["model"] == {"name": model, "version": 2}
    again = api.http.post(f"/v1/jobs/{first['id']}/retry", json={}).raise_for_status().json()
    assert again["spec"]["start_from"] == {"model": model, "version": 1}
    assert again["changes"] == []
    assert api.finished(again["id"])["model"] == {"name": model, "version": 3}
    assert weights(api, model, 2)["W1"].tobytes() == weights(api, model, 3)["W1"].tobytes()
