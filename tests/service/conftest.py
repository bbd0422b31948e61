"""What tests of the service may ask for."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
import redis
from typer.testing import CliRunner, Result

from service.cli.main import app
from service.launcher.valkey import Valkey
from service.settings import ServiceSettings
from tests.service.cli.command import Purr
from tests.service.cli.fake_service import FakeService, serving
from tests.service.server_thread import serving_app
from tests.service.wait import wait_until
from worker.jobs.fill_mark import FILLED
from worker.jobs.record import State, new_id
from worker.jobs.transitions import Transitions, open_records

MANIFEST: dict[str, Any] = {
    "kind": "images",
    "classes": ["other", "cat"],
    "shape": [64, 64, 3],
    "splits": {"train": {"rows": 4, "per_class": [2, 2]}},
    "digest": "sha256:0",
    "preprocessing": {"kind": "picture"},
    "findings": [],
}


@pytest.fixture
def root(tmp_path: Path) -> Path:
    return tmp_path / "data"


@pytest.fixture
def changed() -> dict[str, Any]:
    """The settings of `http` that a test has otherwise."""
    return {}


@pytest.fixture
def http(
    valkey: Valkey, client: redis.Redis, root: Path, changed: dict[str, Any]
) -> Iterator[httpx.Client]:
    settings = ServiceSettings(
        redis_url=valkey.url,
        data_dir=root,
        min_free_bytes=0,
        max_upload_bytes=1_000_000,
        max_predict_bytes=100_000,
        max_parameters=2_000_000,
        **changed,
    )
    with serving_app(settings) as http:
        wait_until(lambda: client.exists(FILLED))  # by its first sweep
        yield http


@pytest.fixture
def datasets(client: redis.Redis) -> Transitions:
    return open_records(client)["ds"]


@pytest.fixture
def known(datasets: Transitions) -> str:
    """The record of a dataset that is ready."""
    made = datasets.create(new_id("ds"), {"name": "pictures"}).id
    datasets.finish(datasets.claim(made, "w", 10), State.SUCCEEDED, {"result": MANIFEST})
    return made


@pytest.fixture
def jobs(client: redis.Redis) -> Transitions:
    return open_records(client)["job"]


@pytest.fixture
def job(http: httpx.Client, known: str) -> str:
    """The id of a job that waits."""
    return str(http.post("/v1/jobs", json={"dataset": known, "model": "cats"}).json()["id"])


@pytest.fixture
def fake() -> Iterator[FakeService]:
    with serving() as fake:
        yield fake


@pytest.fixture
def purr(fake: FakeService) -> Purr:
    """The command, run in this process against the fake."""

    def run(*arguments: str | Path, stdin: str | bytes | None = None) -> Result:
        env = {"PURR_URL": fake.url, "PURR_REDIS_URL": None, "COLUMNS": "40"}
        return CliRunner().invoke(app, [str(part) for part in arguments], input=stdin, env=env)

    return run
