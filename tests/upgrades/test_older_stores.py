"""Data folders that other releases have written are opened here, say what they said then, and are
backed up while jobs run, restored, and opened again."""

import json
import tarfile
from pathlib import Path

import pytest
from typer.testing import CliRunner

from service.cli.main import app
from tests.conftest import running_service
from tests.service.api import Api
from tests.upgrades.make_store import STORES
from tests.upgrades.questions import asked, lacking, weights_of
from worker.jsontypes import Json
from worker.store.version import StoreVersion
from worker.tasks.environment import differences, environment

WRITTEN = sorted(path.stem for path in STORES.glob("*.json"))
# Without them, a sum may be rounded otherwise: bytes are promised for the same ones.
COMPUTES = ("numpy", "numba", "llvmlite", "instructions", "processor", "kernels")


def unpacked(name: str, folder: Path) -> Json:
    with tarfile.open(STORES / f"{name}.tar.xz") as archive:
        archive.extractall(folder, filter="data")
    told: Json = json.loads((STORES / f"{name}.json").read_text())
    return told


def is_alike(told: Json) -> bool:
    """Whether all is as it was then that may change how a sum is rounded."""
    found = differences(told["environment"], environment({"kind": "cpu", "name": None}))
    return not {one["what"] for one in found} & {*COMPUTES}


@pytest.mark.parametrize("name", WRITTEN)
def test_it_says_what_it_said_and_what_was_unfinished_is_done(name: str, folder: Path) -> None:
    """The folder is as it was when the other release lost its power, its Valkey's files with it;
    the second one has nothing but what a backup had."""
    first, second, backup = folder / "data", folder / "second" / "data", folder / "backup.tar"
    told = unpacked(name, folder)
    ids, alike = told["ids"], is_alike(told)
    job = f"/v1/jobs/{ids['paused']}"
    with running_service(folder) as launcher, Api.at(launcher.address) as api:
        expect_the_same(api, told["said"], alike)
        ended = api.finished(ids["unfinished"])
        assert (ended["state"], ended["attempt"]) == ("succeeded", 2)
        api.http.post(f"{job}/resume").raise_for_status()
        api.poll(job, lambda body: (body["progress"] or {}).get("epoch", 0) > 5)
        purr("backup", backup, "--data-dir", first)
        before = api.http.get(job).json()
        assert before["state"] == "running"
        assert StoreVersion(first).found() == StoreVersion(first).newest
    if alike:
        assert weights_of(first, "unfinished") == ids["twin"]
    purr("restore", backup, "--data-dir", second)
    with running_service(second.parent) as launcher, Api.at(launcher.address) as api:
        expect_the_same(api, [then for then in told["said"] if then["path"] != job], alike)
        now = api.poll(job, lambda body: (body["progress"] or {}).get("epoch", 0) > 5)
        assert now["attempt"] > before["attempt"]
        assert api.http.post(f"{job}/cancel").status_code == 200
        api.http.post("/v1/models/cats/versions/3/restore").raise_for_status()
    assert weights_of(second, "unfinished") == weights_of(first, "unfinished")


def expect_the_same(api: Api, said: list[Json], alike: bool) -> None:
    """What was said then is said now, and predictions are byte for byte what they were."""
    for then in said:
        if not then["path"].endswith("/predict"):
            assert [*lacking(then, now_of(api, then))] == [], then["path"]
        elif alike:
            assert now_of(api, then) == then
        else:
            assert closely(now_of(api, then)["says"]) == closely(then["says"])


def now_of(api: Api, then: Json) -> Json:
    question = {name: value for name, value in then.items() if name not in ("says", "sha256")}
    return asked(api.http, question)


def closely(said: Json) -> list[tuple[str, float]]:
    """The labels, and the probabilities as far as no rounding changes them."""
    return [(one["label"], round(one["probability"], 5)) for one in said["predictions"]]


def purr(*arguments: str | Path) -> None:
    told = CliRunner().invoke(app, [str(part) for part in arguments], env={"COLUMNS": "200"})
    assert told.exit_code == 0, told.output
