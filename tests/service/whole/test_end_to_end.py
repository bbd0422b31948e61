"""Real processes, real Valkey, real HTTP: from an upload to an answer, whatever dies on the way."""

from pathlib import Path

import h5py
import numpy as np
import pytest
from safetensors.numpy import load

from service.launcher.launcher import Launcher
from service.schemas.common import Page
from service.schemas.jobs import Epoch
from tests.problems import expect_problem
from tests.service.api import Api
from tests.service.whole.reference_model import own_answer, png, weights
from tests.worker.data.making import HDF5


def test_the_courses_files_are_uploaded_trained_on_and_asked_about(
    api: Api, launcher: Launcher, course: tuple[Path, Path]
) -> None:
    dataset = api.upload(course, "cats")
    assert dataset["state"] == "ready"
    assert dataset["classes"] == ["non-cat", "cat"]
    assert dataset["shape"] == [64, 64, 3]
    assert dataset["splits"] == {
        "train": {"rows": 209, "per_class": [137, 72]},
        "test": {"rows": 50, "per_class": [17, 33]},
    }
    stored = np.load(
        launcher.settings.data_dir / "datasets" / dataset["id"] / "train_x.npy", mmap_mode="r"
    )
    with h5py.File(course[0]) as file:
        pictures = file["train_set_x"][:]
    assert stored.dtype == np.uint8
    assert (stored == pictures).all()

    job = api.train(dataset=dataset["id"], model="course", epochs=40)
    assert job["result"]["train"]["accuracy"] > 0.9
    assert job["result"]["test"]["rows"] == 50

    tensors = weights(launcher, job["model"])
    sent = [("image", (f"{i}.png", png(pictures[i]), "image/png")) for i in range(10)]
    said = api.http.post("/v1/models/course/predict", files=sent).json()["predictions"]
    for picture, prediction in zip(pictures[:10], said, strict=True):
        ours = own_answer(tensors, picture)
        assert prediction["probabilities"]["cat"] == pytest.approx(ours, abs=1e-6)


def test_models_are_listed_with_their_versions(api: Api, dataset: str) -> None:
    for _ in range(2):
        api.train(dataset=dataset, model="listed", epochs=1)
    model = api.http.get("/v1/models/listed").json()
    assert [v["version"] for v in model["versions"]] == [2, 1]
    assert model["newest"] == 2
    one = api.http.get("/v1/models/listed/versions/1").json()
    assert one == model["versions"][1]
    assert one["dataset"]["id"] == dataset
    assert one["fold_difference"] < 1e-4
    page = api.http.get("/v1/models?limit=1").json()
    rest = api.http.get("/v1/models", params={"after": page["next"]}).json()
    names = [m["name"] for m in page["data"] + rest["data"]]
    assert "listed" in names
    assert names == sorted(names)
    expect_problem(api.http.get("/v1/models/listed/versions/3"), 404, "model_not_found")


def test_weights_can_be_taken_home(api: Api, launcher: Launcher, dataset: str) -> None:
    job = api.train(dataset=dataset, model="taken", epochs=2, precision="float64")
    answer = api.http.get("/v1/models/taken/versions/1/weights.safetensors")
    tensors = load(answer.raise_for_status().content)
    shapes = {name: tensor.shape for name, tensor in tensors.items()}
    assert shapes["W1"] == (12288, 20)
    assert shapes["b4"] == (1,)
    assert {str(tensor.dtype) for tensor in tensors.values()} == {"float64"}
    assert tensors.keys() == weights(launcher, job["model"]).keys()
    missing = api.http.get("/v1/models/taken/versions/2/weights.safetensors")
    expect_problem(missing, 404, "model_not_found")


def test_a_job_says_what_it_proved_and_what_it_is_worth(api: Api, dataset: str) -> None:
    job = api.train(
        dataset=dataset,
        epochs=30,
        validation_fraction=0.25,
        early_stopping={"patience": 3},
        optimizer={"kind": "momentum"},
        schedule={"kind": "cosine", "warmup_epochs": 1},
        augmentation={"flip": True, "shift": 2},
        class_weights="balanced",
    )
    assert job["gradient_check"]["largest_error"] == job["gradient_error"] < 1e-5
    assert job["gradient_check"]["compared"] > 0
    assert sum(layer["time_share"] for layer in job["summary"]) == pytest.approx(1, abs=1e-3)
    assert job["ended_by"] in ("epochs", "early_stopping")
    result = job["result"]
    assert [result[split]["rows"] for split in ("train", "validation", "test")] == [60, 20, 20]
    assert result["temperature"] > 0
    for split in ("train", "validation", "test"):
        assert 0 <= result[split]["calibration_error"] <= 1
        assert result[split]["majority_baseline"] == 0.5
        assert set(result[split]["per_class"]) == {"other", "cat"}
    model = f"/v1/models/{job['model']['name']}/versions/{job['model']['version']}"
    for path in (f"/v1/jobs/{job['id']}", model):
        assert api.http.get(f"{path}/evaluation").json() == result
    rows = api.http.get(f"/v1/jobs/{job['id']}/metrics").json()["data"]
    assert all(row["validation_loss"] is not None for row in rows)
    assert rows[0]["layers"][0].keys() == {"weight_norm", "update_ratio", "saturated", "dead"}


def test_a_sick_job_is_told_why_and_what_would_help(api: Api, dataset: str) -> None:
    network = {"hidden_units": [8, 8], "initializer": "zeros"}
    job = api.train(dataset=dataset, network=network, epochs=10)
    (finding,) = (f for f in job["findings"] if f["code"] == "symmetric_start")
    assert finding["message"].endswith(".")
    assert {"path": "/network/initializer", "op": "replace", "value": "he"} in finding["patch"]


def test_metrics_are_a_row_for_each_epoch_and_the_last_progress_is_the_end(
    api: Api, dataset: str
) -> None:
    job = api.train(dataset=dataset, epochs=7, batch_size="all")
    assert job["progress"]["epoch"] == 7
    assert job["progress"]["percent"] == 100
    answer = api.http.get(f"/v1/jobs/{job['id']}/metrics").json()
    assert Page[Epoch].model_validate(answer).model_dump(mode="json") == answer
    rows = answer["data"]
    assert [row["epoch"] for row in rows] == list(range(1, 8))
    assert len(rows[0]["gradient_norms"]) == 4
    page = api.http.get(f"/v1/jobs/{job['id']}/metrics?limit=3&after=2").json()
    assert (page["data"], page["next"]) == (rows[2:5], "5")
    table = api.http.get(f"/v1/jobs/{job['id']}/metrics", headers={"accept": "text/csv"})
    lines = table.text.splitlines()
    assert len(lines) == 8
    assert "gradient_norm_1,gradient_norm_2,gradient_norm_3,gradient_norm_4" in lines[0]
    assert lines[0].endswith("weight_norm_4,update_ratio_4")


def test_a_file_that_is_no_dataset_is_rejected_and_says_why(api: Api, tmp_path: Path) -> None:
    path = tmp_path / "train.h5"
    path.write_bytes(HDF5 * 9)
    dataset = api.upload([path])
    assert dataset["state"] == "rejected"
    assert dataset["problem"]["code"] == "corrupt_file"
    assert "xpected" in dataset["problem"]["detail"]
    assert api.http.get("/readyz").status_code == 200
    answer = api.http.post("/v1/jobs", json={"dataset": dataset["id"]})
    expect_problem(answer, 409, "dataset_not_ready")


def test_a_running_job_can_be_cancelled_and_leaves_no_model(api: Api, dataset: str) -> None:
    job = api.submit(dataset=dataset, model="doomed", epochs=1_000_000, batch_size=1)["id"]
    api.poll(f"/v1/jobs/{job}?wait=5", lambda body: body["progress"])
    assert api.http.post(f"/v1/jobs/{job}/cancel").status_code == 200
    assert api.finished(job)["state"] == "cancelled"
    expect_problem(api.http.get("/v1/models/doomed"), 404, "model_not_found")


def test_a_job_that_fails_says_why(api: Api, dataset: str) -> None:
    optimizer = {"kind": "sgd", "learning_rate": 1000}
    network = {"hidden_units": [64] * 40, "activation": "relu", "initializer": "he"}
    job = api.finished(
        api.submit(
            dataset=dataset, optimizer=optimizer, network=network, normalization="none", epochs=50
        )["id"]
    )
    assert job["state"] == "failed"
    assert job["problem"]["code"] == "diverged"
    assert "inputs_not_normalized" in [finding["code"] for finding in job["findings"]]
    assert "learning_rate" in job["problem"]["detail"]
