"""Versions whose making is disturbed; on a service of these tests' own, for it is killed."""

import os
import signal
from pathlib import Path

import numpy as np
import pytest

from service.launcher.launcher import Launcher
from tests.service.api import Api
from tests.service.launcher.children import horses
from tests.service.wait import wait_until
from tests.worker.data.making import npz_file, pictures
from worker.jobs.redis_connection import connect
from worker.jobs.transitions import open_records
from worker.jsontypes import Json

EDITS: Json = {
    "resplit": {"test_fraction": 0.3, "seed": 3},
    "drop": [{"split": "train", "row": 5}],
}
WORKERS = ("import-1", "import-2")


@pytest.fixture(scope="module")
def file(shared_folder: Path) -> Path:
    """So many pictures that to look through them takes a second."""
    x = pictures(2500, side=64, seed=9)
    return npz_file(shared_folder / "many.npz", x=x, y=np.arange(2500) % 2)


def begun(api: Api, launcher: Launcher, parent: Json) -> str:
    """The id of a version of which some is written already."""
    made = api.http.post(f"/v1/datasets/{parent['id']}/versions", json=EDITS).json()
    folder = launcher.settings.data_dir / "datasets"
    wait_until(lambda: any(part.stat().st_size for part in folder.glob(f".{made['id']}*/*_x.npy")))
    return str(made["id"])


def ended(api: Api, version: str) -> Json:
    return api.poll(f"/v1/datasets/{version}", lambda body: body["state"] != "importing")


def test_who_is_killed_in_the_middle_is_followed_by_another_with_the_same_bytes(
    api: Api, launcher: Launcher, file: Path
) -> None:
    undisturbed = api.upload([file])
    first = api.http.post(f"/v1/datasets/{undisturbed['id']}/versions", json=EDITS).json()["id"]
    whole = ended(api, first)
    parent = api.upload([file])
    folder = launcher.settings.data_dir / "datasets" / parent["id"]
    before = {path.name: path.stat().st_mtime_ns for path in folder.iterdir()}
    version = begun(api, launcher, parent)
    (horse,) = horses(launcher, *WORKERS)
    os.kill(horse, signal.SIGKILL)
    found = ended(api, version)
    assert (found["state"], found["digest"]) == ("ready", whole["digest"])
    with connect(f"unix://{launcher.settings.redis_dir / 'valkey.sock'}") as client:
        assert open_records(client)["ds"].get(version).attempt == 2
    assert {path.name: path.stat().st_mtime_ns for path in folder.iterdir()} == before
    again = api.http.post(f"/v1/datasets/{parent['id']}/versions", json=EDITS)
    assert (again.status_code, again.json()["id"]) == (200, version)


def test_a_wiped_valkey_is_told_of_the_version_and_it_is_made(
    api: Api, launcher: Launcher, file: Path
) -> None:
    parent = api.upload([file])
    version = begun(api, launcher, parent)
    with connect(f"unix://{launcher.settings.redis_dir / 'valkey.sock'}") as client:
        client.flushall()
    wait_until(lambda: api.http.get(f"/v1/datasets/{version}").status_code == 200)
    found = ended(api, version)
    assert (found["state"], found["parent"], found["version"]) == ("ready", parent["id"], 2)
    assert found["edits"]["drop"] == EDITS["drop"]


def test_a_cancel_in_the_middle_leaves_nothing(api: Api, launcher: Launcher, file: Path) -> None:
    version = begun(api, launcher, api.upload([file]))
    assert api.http.post(f"/v1/datasets/{version}/cancel").status_code == 200
    assert ended(api, version)["state"] == "cancelled"
    wait_until(lambda: horses(launcher, *WORKERS) == [])
    # An attempt that had lost its lease before may have published it all the same: the next sweep
    # removes that.
    wait_until(lambda: not [*(launcher.settings.data_dir / "datasets").glob(f"*{version}*")])
