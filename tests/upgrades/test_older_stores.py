"""Data folders that other releases have written are opened here, and say what they said then."""

import json
import tarfile
from collections.abc import Iterator
from pathlib import Path

import pytest

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


class Opened:
    """A store of another release, of which the service has begun to make its own.

    Attributes:
        told: what the other release has said, and which ids matter.
        alike: whether all is as it was then that may change how a sum is rounded.
    """

    def __init__(self, api: Api, data: Path, told: Json) -> None:
        self.api, self.data, self.told = api, data, told
        found = differences(told["environment"], environment({"kind": "cpu", "name": None}))
        self.alike = not {one["what"] for one in found} & {*COMPUTES}


def unpacked(name: str, folder: Path) -> Json:
    with tarfile.open(STORES / f"{name}.tar.xz") as archive:
        archive.extractall(folder, filter="data")
    told: Json = json.loads((STORES / f"{name}.json").read_text())
    return told


@pytest.fixture(params=WRITTEN)
def opened(request: pytest.FixtureRequest, folder: Path) -> Iterator[Opened]:
    """The folder as it was when the other release lost its power, its Valkey's files with it."""
    told = unpacked(request.param, folder)
    with running_service(folder) as launcher, Api.at(launcher.address) as api:
        yield Opened(api, folder / "data", told)


def test_it_says_what_it_said_and_what_was_unfinished_is_done(opened: Opened) -> None:
    api, ids = opened.api, opened.told["ids"]
    for then in opened.told["said"]:
        if not then["path"].endswith("/predict"):
            assert [*lacking(then, now_of(api, then))] == [], then["path"]
        elif opened.alike:
            assert now_of(api, then) == then
        else:
            assert closely(now_of(api, then)["says"]) == closely(then["says"])
    ended = api.finished(ids["unfinished"])
    assert (ended["state"], ended["attempt"]) == ("succeeded", 2)
    if opened.alike:
        assert weights_of(opened.data, "unfinished") == ids["twin"]
    assert api.http.post(f"/v1/jobs/{ids['paused']}/cancel").status_code == 200
    api.http.post("/v1/models/cats/versions/3/restore").raise_for_status()
    assert StoreVersion(opened.data).found() == StoreVersion(opened.data).newest


def now_of(api: Api, then: Json) -> Json:
    question = {name: value for name, value in then.items() if name not in ("says", "sha256")}
    return asked(api.http, question)


def closely(said: Json) -> list[tuple[str, float]]:
    """The labels, and the probabilities as far as no rounding changes them."""
    return [(one["label"], round(one["probability"], 5)) for one in said["predictions"]]
