"""A version is taken away over HTTP: as ONNX and as a bundle, unless it would answer otherwise."""

import io
import zipfile
from pathlib import Path

import httpx
import onnx
import pytest

from tests.problems import expect_problem
from tests.worker.export.publications import tensors_of
from tests.worker.serving.test_loaded_models import publish
from tests.worker.working import DATASET, publish_dataset
from worker.data.preprocessing import Preprocessing
from worker.spec import JobSpec
from worker.store.exports import MODEL
from worker.store.store import Store

VERSION = "/v1/models/cats/versions/1"
ONNX, BUNDLE = f"{VERSION}/model.onnx", f"{VERSION}/bundle.zip"


@pytest.fixture
def store(root: Path) -> Store:
    """With a model of pictures that was never trained, but has a dataset."""
    found = Store(root)
    found.local_folders()
    publish_dataset(found)
    spec = {"dataset": DATASET, "model": "cats", "network": {"hidden_units": [20]}}
    how, said = Preprocessing(height=4, width=4), JobSpec.model_validate(spec)
    about = {
        "classes": ["other", "cat"],
        "shape": [4, 4, 3],
        "preprocessing": how.as_dict(),
        "spec": said.model_dump(mode="json"),
        "dataset": {"id": DATASET, "digest": "sha256:0"},
        "job": "job_1",
        "created_at": "2026-11-29T10:00:00",
        "result": {},
        "fold_difference": 0.0,
    }
    found.models.publish("cats", 1, tensors_of(about, (4, 4, 3)), about, {})
    return found


def test_a_version_from_before_is_exported_when_it_is_asked_for(
    http: httpx.Client, store: Store
) -> None:
    assert http.get(VERSION).json()["export"] is None
    answer = http.get(ONNX).raise_for_status()
    assert int(answer.headers["content-length"]) == len(answer.content)
    assert answer.headers["content-disposition"] == 'attachment; filename="cats-1.onnx"'
    export = http.get(VERSION).json()["export"]
    assert answer.headers["etag"] == f'"{export["files"]["model.onnx"]}"'
    assert (export["refused"], export["split"], export["rows"]) == (None, "test", 20)
    assert export["largest_difference"] < 1e-4
    model = onnx.load_model_from_string(answer.content)
    assert model.opset_import[0].version == export["opset"]

    known = http.get(ONNX, headers={"If-None-Match": answer.headers["etag"]})
    assert (known.status_code, known.content) == (304, b"")
    small = http.get(ONNX, params={"precision": "int8"}).raise_for_status()
    assert len(small.content) < len(answer.content)
    expect_problem(http.get(ONNX, params={"precision": "int4"}), 422, "invalid_parameter")

    bundle = http.get(BUNDLE).raise_for_status()
    with zipfile.ZipFile(io.BytesIO(bundle.content)) as archive:
        assert archive.read("model.onnx") == answer.content
        weights = http.get(f"{VERSION}/weights.safetensors").content
        assert archive.read("weights.safetensors") == weights
        assert {"predict.py", "pictures.py", "model.json", "README.md"} < {*archive.namelist()}
    again = http.get(BUNDLE, headers={"If-None-Match": bundle.headers["etag"]})
    assert again.status_code == 304


def test_one_that_would_answer_otherwise_is_refused_and_says_why(
    http: httpx.Client, store: Store
) -> None:
    with store.exports.local_folder("cats", 1, 0) as folder:
        store.exports.publish("cats", 1, folder, {"refused": "Expected less."})
    for path in (ONNX, BUNDLE):
        refused = http.get(path)
        expect_problem(refused, 409, "export_refused")
        assert refused.json()["detail"].endswith("Expected less.")
    assert http.get(VERSION).json()["export"]["refused"] == "Expected less."
    assert http.get(f"{VERSION}/weights.safetensors").status_code == 200


def test_without_its_dataset_nothing_can_be_checked(http: httpx.Client, store: Store) -> None:
    store.datasets.drop(DATASET)
    answer = http.get(ONNX)
    expect_problem(answer, 404, "dataset_not_found")
    assert answer.json()["detail"].endswith("Train it again.")


def test_a_file_that_has_changed_is_not_sent(http: httpx.Client, store: Store, root: Path) -> None:
    with store.exports.local_folder("cats", 1, 0) as folder:
        (folder / MODEL).write_bytes(b"as it was made")
        store.exports.publish("cats", 1, folder, {"refused": None})
    assert http.get(ONNX).content == b"as it was made"
    (root / "models" / "cats" / "1" / "export" / MODEL).write_bytes(b"gone")
    expect_problem(http.get(ONNX), 500, "damaged_model")


def test_a_version_that_is_not_there_is_not_found(http: httpx.Client, store: Store) -> None:
    paths = "dogs/versions/1", "cats/versions/2", "..%2Fcats/versions/1"
    files = "model.onnx", "bundle.zip"
    asked = [http.get(f"/v1/models/{path}/{file}") for path in paths for file in files]
    assert [answer.status_code for answer in asked] == [404] * 6


def test_a_model_without_the_words_of_today_is_exported_too(
    http: httpx.Client, store: Store
) -> None:
    publish(store, "old", shape=(4, 4, 3), preprocessing=Preprocessing(height=4, width=4),
            dataset={"id": DATASET, "digest": "sha256:0"})  # fmt: skip
    assert http.get("/v1/models/old/versions/1/model.onnx").status_code == 200
