"""Imports that take long, in the whole service."""

import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from PIL import Image

from service.launcher.launcher import Launcher
from tests.problems import expect_problem
from tests.service.api import Api
from tests.service.launcher.children import pid
from tests.service.wait import wait_until
from tests.worker.data.making import encoded, pictures, zipped
from tests.worker.data.pictures.bombs import repeated
from worker.jsontypes import Json
from worker.system.confinement import landlock


@pytest.fixture(scope="module")
def slow(shared_folder: Path) -> Path:
    """A zip of few bytes, each of whose pictures takes a second or more."""
    picture = repeated(Image.new("L", (1550, 1550)), 398)
    named = {f"{name}/{n}.jpg": picture for name in ("cat", "other") for n in range(200)}
    return zipped(shared_folder / "slow.zip", named)


@pytest.fixture(scope="module")
def quick(shared_folder: Path) -> Path:
    frames = [encoded(frame) for frame in pictures(8)]
    named = {f"{'cat' if n % 2 else 'other'}/{n}.png": frame for n, frame in enumerate(frames)}
    return zipped(shared_folder / "quick.zip", named)


def begun(api: Api, path: Path) -> str:
    """The id of an import that was just accepted."""
    answer = api.http.post("/v1/datasets", files=[("file", (path.name, path.read_bytes()))])
    return str(answer.raise_for_status().json()["id"])


@pytest.fixture
def importing(api: Api, slow: Path) -> Iterator[str]:
    """The id of a dataset whose import is under way."""
    dataset = begun(api, slow)
    yield dataset
    api.http.post(f"/v1/datasets/{dataset}/cancel")


def descendants(parent: int) -> list[Path]:
    """What a process has started, and what that has."""
    found: list[Path] = []
    for task in Path(f"/proc/{parent}/task").glob("*/children"):
        for child in map(int, task.read_text().split()):
            found += [Path(f"/proc/{child}"), *descendants(child)]
    return found


def importers(launcher: Launcher) -> list[Path]:
    return [p for name in ("import-1", "import-2") for p in descendants(pid(launcher, name))]


def test_a_slow_import_holds_up_nobody_and_can_be_cancelled(
    api: Api, launcher: Launcher, importing: str, quick: Path
) -> None:
    for _ in range(3):
        assert api.upload([quick])["state"] == "ready"
    assert api.http.get(f"/v1/datasets/{importing}").json()["state"] == "importing"
    expect_problem(api.http.post("/v1/jobs", json={"dataset": importing}), 409, "dataset_not_ready")
    cancelled = api.http.post(f"/v1/datasets/{importing}/cancel")
    assert cancelled.status_code == 200
    began = time.monotonic()
    found = api.poll(f"/v1/datasets/{importing}", lambda body: body["state"] != "importing")
    assert (found["state"], found["problem"]) == ("cancelled", None)
    wait_until(lambda: importers(launcher) == [])
    assert time.monotonic() - began < 20
    data = launcher.settings.data_dir
    assert not (data / "uploads" / importing).exists()
    assert [*(data / "datasets").glob(f".{importing}*")] == []
    assert api.http.post(f"/v1/datasets/{importing}/cancel").json()["state"] == "cancelled"


def test_how_far_an_import_is_can_be_asked(api: Api, importing: str) -> None:
    path = f"/v1/datasets/{importing}"

    def converted(body: Json) -> int:
        now = body["progress"] or {}
        return int(now["done"]) if now.get("phase") == "converting" else 0

    began = api.poll(path, converted)["progress"]
    assert began["total"] == 400
    later = api.poll(path, lambda body: converted(body) > began["done"])["progress"]
    assert later["percent"] == pytest.approx(100 * later["done"] / 400, abs=0.06)  # rounded
    assert later["eta_s"] > 0
    (listed,) = [d for d in api.http.get("/v1/datasets").json()["data"] if d["id"] == importing]
    assert listed["progress"]["done"] >= later["done"]
    api.http.post(f"{path}/cancel")
    over = api.poll(path, lambda body: body["state"] != "importing")
    assert (over["state"], over["progress"]) == ("cancelled", None)


def test_what_waits_for_a_worker_is_cancelled_at_once(
    api: Api, launcher: Launcher, importing: str, slow: Path, quick: Path
) -> None:
    other = begun(api, slow)  # there are two workers
    for dataset in (importing, other):
        api.poll(f"/v1/datasets/{dataset}", lambda body: body["progress"])
    waiting = begun(api, quick)
    answer = api.http.post(f"/v1/datasets/{waiting}/cancel").raise_for_status().json()
    assert (answer["state"], answer["progress"], answer["bytes"]) == ("cancelled", None, 0)
    assert not (launcher.settings.data_dir / "uploads" / waiting).exists()
    api.http.post(f"/v1/datasets/{other}/cancel")
    api.poll(f"/v1/datasets/{other}", lambda body: body["state"] == "cancelled")


def test_what_has_ended_cannot_be_cancelled(api: Api, quick: Path) -> None:
    dataset = api.upload([quick])["id"]
    expect_problem(api.http.post(f"/v1/datasets/{dataset}/cancel"), 409, "conflict")
    missing = api.http.post(f"/v1/datasets/ds_{'0' * 32}/cancel")
    expect_problem(missing, 404, "dataset_not_found")


@pytest.mark.skipif(not landlock.version(), reason="needs a kernel with Landlock")
def test_all_that_an_import_starts_has_given_up_its_rights(
    api: Api, launcher: Launcher, importing: str
) -> None:
    # The worker's child, the process that parses, and a decoder for each core.
    wait_until(lambda: len(importers(launcher)) >= 3)
    wait_until(
        lambda: all("NoNewPrivs:\t1" in (p / "status").read_text() for p in importers(launcher))
    )
    sealed = [p for p in importers(launcher) if "Seccomp:\t2" in (p / "status").read_text()]
    assert len(sealed) >= 2
    for process in sealed:
        assert b"PURR" not in (process / "environ").read_bytes()
