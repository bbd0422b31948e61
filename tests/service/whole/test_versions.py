"""Versions of datasets, made by the whole service."""

import csv
import io
from hashlib import sha256
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from service.launcher.launcher import Launcher
from tests.problems import expect_problem
from tests.service.api import Api
from tests.worker.data.making import alternating, class_folders, npz_file, pictures, zipped
from worker.jsontypes import Json


@pytest.fixture(scope="module")
def flawed(api: Api, shared_folder: Path) -> Json:
    """A dataset with two rows under two labels and a test row from the training rows."""
    x, test = pictures(40, side=16, seed=3), pictures(10, side=16, seed=4)
    x[11], test[4] = x[10], x[5]
    file = npz_file(
        shared_folder / "flawed.npz",
        x_train=x,
        y_train=alternating(40),
        x_test=test,
        y_test=alternating(10),
        class_names=np.array(["cat", "dog"]),
    )
    return api.upload([file], name="flawed")


def ready(api: Api, dataset: str, **edits: Any) -> Json:
    """The version once it is made."""
    answer = api.http.post(f"/v1/datasets/{dataset}/versions", json=edits)
    assert answer.status_code in (200, 202), answer.text
    found = api.poll(answer.headers["location"], lambda body: body["state"] != "importing")
    assert found["state"] == "ready", found
    return found


def test_cleaned_takes_what_findings_propose_and_leaves_the_old_one_as_it_was(
    api: Api, launcher: Launcher, flawed: Json
) -> None:
    folder = launcher.settings.data_dir / "datasets" / flawed["id"]
    before = {path.name: path.read_bytes() for path in folder.iterdir()}
    clean = ready(api, flawed["id"], cleaned=True)
    assert clean["edits"] == {"cleaned": ["duplicates_across_splits", "two_labels"]}
    assert {split: each["rows"] for split, each in clean["splits"].items()} == {
        "train": 38, "test": 9
    }  # fmt: skip
    codes = {found["code"] for found in clean["findings"]}
    assert not codes & {"two_labels", "duplicates_across_splits"}
    assert {path.name: path.read_bytes() for path in folder.iterdir()} == before
    compared = api.http.get(f"/v1/datasets/{flawed['id']}/diff?to={clean['id']}").json()
    assert compared["removed"] == {
        "rows": 3,
        "first": [
            {"split": "train", "row": 10, "label": "cat"},
            {"split": "train", "row": 11, "label": "dog"},
            {"split": "test", "row": 4, "label": "cat"},
        ],
    }
    assert [compared[name]["rows"] for name in ("added", "relabelled", "moved")] == [0, 0, 0]


def test_the_edit_of_a_finding_is_posted_as_it_is_and_means_the_same(
    api: Api, flawed: Json
) -> None:
    found = {each["code"]: each for each in flawed["findings"]}
    mended = ready(api, flawed["id"], **found["two_labels"]["edit"])
    by_code = ready(api, flawed["id"], cleaned=["two_labels"])
    assert mended["id"] != by_code["id"]
    assert mended["digest"] == by_code["digest"]
    assert found["few_test_rows"]["edit"] is None


def test_every_row_is_in_the_split_csv(api: Api, launcher: Launcher, flawed: Json) -> None:
    answer = api.http.get(f"/v1/datasets/{flawed['id']}/split.csv")
    assert answer.headers["content-type"].startswith("text/csv")
    header, *rows = csv.reader(io.StringIO(answer.text))
    assert header == ["split", "row", "label", "sha256", "source"]
    assert [row[:2] for row in rows] == [
        *(["train", str(number)] for number in range(40)),
        *(["test", str(number)] for number in range(10)),
    ]
    x = np.load(launcher.settings.data_dir / "datasets" / flawed["id"] / "train_x.npy")
    assert rows[7] == ["train", "7", "dog", sha256(x[7].tobytes()).hexdigest(), ""]


def test_rows_are_moved_relabelled_and_added_and_a_model_learns_from_them(
    api: Api, flawed: Json
) -> None:
    edits: Json = {
        "move": [{"split": "train", "row": 0, "to": "validation"}],
        "relabel": [{"split": "test", "row": 0, "label": "dog"}],
        "rename_class": {"cat": "lion"},
        "add": flawed["id"],
    }
    found = ready(api, flawed["id"], **edits)
    assert found["classes"] == ["lion", "dog", "cat"]
    assert found["splits"]["validation"]["per_class"] == [1, 0, 0]
    assert found["splits"]["test"]["per_class"] == [4, 11, 5]
    job = api.train(dataset=found["id"], epochs=1, model="versions")
    assert job["state"] == "succeeded"


def test_an_edit_that_leaves_too_few_rows_is_rejected_with_a_reason(api: Api, flawed: Json) -> None:
    drop = [{"split": "test", "row": number} for number in range(10)]
    asked = api.http.post(f"/v1/datasets/{flawed['id']}/versions", json={"drop": drop})
    found = api.poll(asked.headers["location"], lambda body: body["state"] != "importing")
    assert (found["state"], found["problem"]["code"]) == ("rejected", "invalid_parameter")
    assert "test split" in found["problem"]["detail"]


@pytest.fixture(scope="module")
def zipped_pictures(api: Api, shared_folder: Path) -> Json:
    """An upload of files of pictures."""
    files = class_folders(each=30, seed=5)
    return api.upload([zipped(shared_folder / "folders.zip", files)], name="folders")


def arrays(launcher: Launcher, dataset: str, split: str) -> np.ndarray:
    folder = launcher.settings.data_dir / "datasets" / dataset
    x: np.ndarray = np.load(folder / f"{split}_x.npy")
    return x


def test_the_uploaded_files_are_read_again_at_another_size(
    api: Api, launcher: Launcher, zipped_pictures: Json, shared_folder: Path
) -> None:
    upload = zipped_pictures["id"]
    drop = {"drop": [{"split": "train", "row": 2}], "resplit": {"test_fraction": 0.3}}
    second = ready(api, upload, **drop)
    third = ready(api, second["id"], image_size=32, rename_class={"cat": "lion"}, add=upload)
    assert (third["shape"], third["classes"]) == ([32, 32, 3], ["lion", "other", "cat"])
    plain = ready(api, second["id"], rename_class={"cat": "lion"}, add=upload)
    assert third["splits"] == plain["splits"]
    for split in plain["splits"]:
        large = arrays(launcher, plain["id"], split).astype(float)
        small = arrays(launcher, third["id"], split).astype(float)
        halved = large.reshape(len(large), 32, 2, 32, 2, 3).mean(axis=(2, 4))
        nearest = np.abs(small[:, None] - halved[None]).mean(axis=(2, 3, 4)).argmin(axis=1)
        same = (large[nearest] == large).all(axis=(1, 2, 3))  # a row may be there twice
        assert same.all()
    again = api.http.post("/v1/datasets", params={"image_size": 32}, files=[
        ("file", ("folders.zip", (shared_folder / "folders.zip").read_bytes()))
    ])  # fmt: skip
    whole = api.poll(again.headers["location"], lambda body: body["state"] != "importing")
    assert ready(api, upload, image_size=32)["digest"] == whole["digest"]


def test_arrays_have_no_files_that_could_be_read_again(api: Api, flawed: Json) -> None:
    path = f"/v1/datasets/{flawed['id']}/versions"
    refused = api.http.post(path, json={"image_size": 32})
    expect_problem(refused, 422, "invalid_parameter", "/image_size")
    expect_problem(
        api.http.post(path, json={"image_size": 4}), 422, "invalid_parameter", "/image_size"
    )
