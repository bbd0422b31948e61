"""A job on the features of a backbone, by the whole service: what it saw in training is what it
sees in serving."""

from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from numpy.testing import assert_allclose
from safetensors.numpy import load

from tests.problems import expect_problem
from tests.service.api import Api
from tests.worker.data.backbones.networks import file_of, network
from tests.worker.data.making import class_folders, npz_file, pictures, zipped
from worker.jsontypes import Json

FILES = class_folders(each=6)
SAME = 1e-5  # in probability


@pytest.fixture(scope="module")
def backbone(api: Api, shared_folder: Path) -> Json:
    data = file_of(shared_folder, network()).read_bytes()
    sent = api.http.post("/v1/backbones", params={"name": "small"}, content=data).json()
    made = api.poll(f"/v1/backbones/{sent['id']}", lambda found: found["state"] != "importing")
    assert made["state"] == "ready", made
    return made


@pytest.fixture(scope="module")
def photos(api: Api, shared_folder: Path) -> str:
    found = api.upload([zipped(shared_folder / "photos.zip", FILES)], name="photos")
    assert found["state"] == "ready", found
    return str(found["id"])


def seen_in_training(folder: Path, dataset: str) -> dict[str, np.ndarray]:
    """The features of each photo as the job had them, by the name of its file."""
    (found,) = (folder / "data" / "features" / dataset).glob("*-plain")
    features: dict[str, np.ndarray] = {}
    for split in ("train", "test"):
        listing = folder / "data" / "datasets" / dataset
        names = (listing / f"{split}_names.txt").read_text()
        places = np.load(listing / f"{split}_name_places.npy").tolist()
        own = [names[begin:end] for begin, end in pairwise(places)]
        features |= dict(zip(own, np.load(found / f"{split}_x.npy"), strict=True))
    return features


def head(api: Api, model: str) -> tuple[np.ndarray, np.ndarray]:
    """The weight and the bias of a model without hidden layers."""
    path = f"/v1/models/{model}/versions/1/weights.safetensors"
    tensors = load(api.http.get(path).raise_for_status().content)
    return tensors["W1"].astype("float64"), tensors["b1"]


def answers(api: Api, model: str, files: dict[str, bytes]) -> np.ndarray:
    """The probability of the second class, for each file of one request."""
    sent = [("image", (name, data)) for name, data in files.items()]
    body = api.http.post(f"/v1/models/{model}/predict", files=sent).raise_for_status().json()
    return np.array([each["probabilities"]["other"] for each in body["predictions"]])


def test_a_photo_of_the_training_is_answered_as_the_job_saw_it(
    api: Api, shared_folder: Path, backbone: Json, photos: str
) -> None:
    job = api.train(dataset=photos, model="seen", backbone="small", recipe="backbone")
    assert job["spec"]["backbone"] == backbone["id"]
    assert job["progress"]["phase"] == "training"
    weight, bias = head(api, "seen")
    features = seen_in_training(shared_folder, photos)
    assert features.keys() == FILES.keys()
    seen = np.stack([features[name] for name in FILES]).astype("float64")
    expected = 1 / (1 + np.exp(-(seen @ weight + bias))).ravel()
    assert_allclose(answers(api, "seen", FILES), expected, rtol=0, atol=SAME)
    alone = [answers(api, "seen", {name: FILES[name]})[0] for name in [*FILES][:3]]
    assert_allclose(alone, answers(api, "seen", FILES)[:3], rtol=0, atol=1e-12)


def test_arrays_are_seen_as_they_were_in_training(
    api: Api, shared_folder: Path, backbone: Json
) -> None:
    x, y = pictures(24, 32), np.arange(24) % 2
    file = npz_file(shared_folder / "rows.npz", x_train=x, y_train=y, x_test=x[:6], y_test=y[:6])
    dataset = api.upload([file], name="rows")["id"]
    job = api.train(dataset=dataset, model="rows", backbone=backbone["id"], recipe="backbone")
    (found,) = (shared_folder / "data" / "features" / dataset).glob("*-plain")
    weight, bias = head(api, "rows")
    seen = np.load(found / "test_x.npy").astype("float64")
    expected = 1 / (1 + np.exp(-(seen @ weight + bias))).ravel()
    rows = {"rows": x[:6].reshape(6, -1).tolist()}
    body = api.http.post("/v1/models/rows/predict", json=rows).raise_for_status().json()
    by_rows = [each["probabilities"]["1"] for each in body["predictions"]]
    assert_allclose(by_rows, expected, rtol=0, atol=SAME)
    assert job["result"]["test"]["rows"] == 6


def test_a_backbone_stays_as_long_as_a_job_or_a_model_needs_it(
    api: Api, backbone: Json, photos: str
) -> None:
    api.train(dataset=photos, model="needs", backbone="small", epochs=1, recipe="backbone")
    refused = api.http.delete(f"/v1/backbones/{backbone['id']}")
    expect_problem(refused, 409, "conflict")
    assert "needs" in refused.json()["detail"]
    version = api.http.get("/v1/models/needs/versions/1").json()
    assert version["backbone"] == backbone["digest"]


@pytest.mark.parametrize(
    ("own", "pointer"),
    [
        ({"backbone": "nobody"}, "/backbone"),
        ({"backbone": "small", "network": {"kind": "convolutional"}}, "/network"),
        ({"backbone": "small", "augmentation": {"shift": 2}}, "/augmentation"),
        ({"backbone": "small", "normalization": "scale"}, "/normalization"),
    ],
)
def test_what_cannot_be_learned_from_features_is_refused_with_advice(
    api: Api, backbone: Json, photos: str, own: Json, pointer: str
) -> None:
    answer = api.http.post("/v1/jobs", json={"dataset": photos, **own})
    expect_problem(answer, 422, answer.json()["code"], pointer)
