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
from tests.service.cli.calling import Purr
from tests.service.cli.peer import Peer, serving
from tests.service.launcher.processes import wait_until
from tests.service.running import serving_app
from worker.jobs.fill_mark import FILLED
from worker.jobs.record import State, new_id
from worker.jobs.transitions import Transitions, open_records

MANIFEST: dict[str, Any] = {
    "kind": "images",
    "classes": ["other", "cat"],
    "shape": [64, 64, 3],
    "splits": {"train": {"rows": 4, "per_class": [2, 2]}},
    "digest": "sha256:0",
    "findings": [],
}


@pytest.fixture
def root(tmp_path: Path) -> Path:
    return tmp_path / "data"


@pytest.fixture
def http(valkey: Valkey, client: redis.Redis, root: Path) -> Iterator[httpx.Client]:
    settings = ServiceSettings(
        redis_url=valkey.url,
        data_dir=root,
        min_free_bytes=0,
        max_upload_bytes=1_000_000,
        max_predict_bytes=100_000,
        max_parameters=1_000_000,
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
def peer() -> Iterator[Peer]:
    with serving() as peer:
        yield peer


@pytest.fixture
def purr(peer: Peer) -> Purr:
    """The command, run in this process against the peer."""

    def run(*arguments: str | Path, stdin: str | None = None) -> Result:
        env = {"PURR_URL": peer.url, "PURR_REDIS_URL": None, "COLUMNS": "40"}
        return CliRunner().invoke(app, [str(part) for part in arguments], input=stdin, env=env)

    return run
