"""A large import in the whole service, cancelled at whatever it is: the answer is kept."""

from pathlib import Path

import numpy as np
import pytest

from service.launcher.launcher import Launcher
from tests.problems import expect_problem
from tests.service.api import Api
from tests.service.wait import wait_until
from worker.data.progress import PHASES, Phase

ROWS = 8_000  # of 64 x 64 pixels: 98 MB


@pytest.fixture(scope="module")
def large(shared_folder: Path) -> list[Path]:
    """Arrays without a test split, so that no phase is left out."""
    random = np.random.default_rng(0)
    x, y = shared_folder / "x.npy", shared_folder / "y.npy"
    np.save(x, random.integers(0, 256, (ROWS, 64, 64, 3), dtype=np.uint8))
    np.save(y, np.arange(ROWS) % 2)
    return [x, y]


def begun(api: Api, files: list[Path]) -> str:
    """The id of an import that was just accepted."""
    parts = [("file", (path.name, path.read_bytes())) for path in files]
    return str(api.http.post("/v1/datasets", files=parts).raise_for_status().json()["id"])


def files_of(launcher: Launcher, dataset: str) -> list[Path]:
    """What the store has of a dataset beside its record."""
    data = launcher.settings.data_dir
    return [path for part in ("uploads", "datasets") for path in (data / part).glob(f"*{dataset}*")]


@pytest.mark.parametrize("phase", [None, *PHASES])
def test_what_is_cancelled_is_gone_and_what_is_not_is_ready(
    api: Api, launcher: Launcher, large: list[Path], phase: Phase | None
) -> None:
    path = f"/v1/datasets/{(dataset := begun(api, large))}"
    later = (*PHASES[PHASES.index(phase) :],) if phase else ()
    if phase:
        api.poll(
            path,
            lambda body: body["state"] == "ready" or (body["progress"] or {}).get("phase") in later,
        )
    answer = api.http.post(f"{path}/cancel")
    found = api.poll(path, lambda body: body["state"] != "importing")
    assert (found["progress"], found["problem"]) == (None, None)
    if answer.status_code == 200:
        assert found["state"] == "cancelled"
        wait_until(lambda: files_of(launcher, dataset) == [])
        assert api.http.get(path).json()["bytes"] == 0
    else:  # it had just become ready
        expect_problem(answer, 409, "conflict")
        assert found["state"] == "ready"
    assert api.http.delete(path).status_code == 204
