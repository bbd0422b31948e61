"""Why a model answers what it does, over HTTP."""

import base64
import io
from pathlib import Path
from typing import Any

import httpx
import numpy as np
import pytest
from PIL import Image

from tests.problems import expect_problem
from tests.worker.data.backbones.networks import FEATURES
from tests.worker.data.backbones.running_pools import stored
from tests.worker.data.making import encoded, pictures
from tests.worker.serving.test_loaded_models import publish
from worker.data.backbones.sizing import preprocessing
from worker.data.preprocessing import Preprocessing
from worker.data.tables.preprocessing import TablePreprocessing
from worker.serving.parity import short
from worker.store.store import Store

HOW = Preprocessing(height=8, width=8)
PHOTO = encoded(pictures(1)[0])
PNG = {"Accept": "image/png"}


@pytest.fixture
def store(root: Path) -> Store:
    return Store(root)


@pytest.fixture
def path(store: Store) -> str:
    publish(store, "photos", 1, HOW.shape, preprocessing=HOW, weight=1e-5)
    return "/v1/models/photos"


def size(data: bytes) -> tuple[int, int]:
    with Image.open(io.BytesIO(data)) as image:
        assert image.format == "PNG"
        return image.size


def test_an_answer_comes_with_where_on_the_picture_it_was_found(
    http: httpx.Client, path: str
) -> None:
    said = http.post(f"{path}/predict", content=PHOTO).json()["predictions"][0]
    found = http.post(f"{path}/explain", content=PHOTO).json()
    assert found["prediction"] == said
    assert (found["explained"], found["method"]) == (said["label"], "smoothed_gradient")
    kind, _, data = found["heat_map"].partition(",")
    assert kind == "data:image/png;base64"
    assert (found["alias"], found["fingerprint"]) == ("champion", short(HOW))
    assert http.post(f"{path}/versions/1/explain", content=PHOTO).json()["alias"] is None
    alone = http.post(f"{path}/versions/1/explain", content=PHOTO, headers=PNG)
    assert alone.headers["content-type"] == "image/png"
    assert alone.content == base64.b64decode(data)
    assert size(alone.content) == (256, 256)


def test_another_class_can_be_asked_for_but_it_must_be_one(http: httpx.Client, path: str) -> None:
    found = http.post(f"{path}/explain", params={"class": "other"}, files={"image": PHOTO}).json()
    assert (found["prediction"]["label"], found["explained"]) == ("cat", "other")
    refused = http.post(f"{path}/explain", params={"class": "cats"}, content=PHOTO)
    expect_problem(refused, 422, "invalid_parameter")
    assert "'cat' was probably meant" in refused.json()["detail"]


def test_what_cannot_be_explained_is_refused_and_the_next_picture_is_explained(
    http: httpx.Client, path: str, store: Store
) -> None:
    publish(store, "rows", 1, preprocessing=TablePreprocessing("label", ()))
    expect_problem(
        http.post("/v1/models/rows/explain", content=PHOTO), 415, "unsupported_media_type"
    )
    two = [("image", ("a.png", PHOTO)), ("image", ("b.png", PHOTO))]
    expect_problem(http.post(f"{path}/explain", files=two), 422, "invalid_parameter")
    expect_problem(http.post(f"{path}/explain", content=PHOTO[:99]), 422, "corrupt_file")
    expect_problem(http.post(f"{path}/explain", content=b"no"), 415, "unsupported_media_type")
    expect_problem(http.post(f"{path}/explain", content=b"\0" * 200_000), 413, "too_large")
    expect_problem(http.post("/v1/models/nobody/explain", content=PHOTO), 404, "model_not_found")
    assert http.post(f"{path}/explain", content=PHOTO).status_code == 200


def test_by_a_backbone_it_is_found_by_covering_squares(
    http: httpx.Client, store: Store, tmp_path: Path
) -> None:
    digest = stored(store.backbones, tmp_path, "bb_" + "1" * 32)
    how = preprocessing(store.backbones.open(digest)[0].input)
    about: dict[str, Any] = {"backbone": digest, "features": FEATURES, "weight": 1e-5}
    publish(store, "photos", 1, shape=how.shape, preprocessing=how, **about)
    found = http.post("/v1/models/photos/explain", content=PHOTO).json()
    assert found["method"] == "occlusion"
    assert np.isfinite(found["prediction"]["probability"])
    assert size(base64.b64decode(found["heat_map"].partition(",")[2])) == (264, 264)
