"""A service whose models are asked by the tests of a whole module: none of them changes it."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from service.launcher.valkey import Valkey
from service.settings import ServiceSettings
from service.state import AppState
from tests.service.requests.asked import SIDE, TABLE, WEIGHT
from tests.service.server_thread import serving
from tests.worker.serving.test_loaded_models import publish
from worker.data.preprocessing import Preprocessing
from worker.store.aliases import Move
from worker.store.store import Store


@pytest.fixture(scope="module")
def shelf(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with models of pictures, twice, of a table with names, and of numbers."""
    root = tmp_path_factory.mktemp("asked") / "data"
    store, how = Store(root), Preprocessing(height=SIDE, width=SIDE)
    for version in (1, 2):
        weight = WEIGHT * version
        publish(store, "pixels", version, how.shape, preprocessing=how, weight=weight)
    store.aliases.move("pixels", Move("champion", 1, "caller", "It is the first."), 0)
    store.aliases.move("pixels", Move("next", 2, "caller", "To be tried."), 1)
    publish(store, "table", shape=TABLE.shape, preprocessing=TABLE)
    publish(store, "numbers", shape=(3,))
    return root


@pytest.fixture(scope="module")
def asked_settings(valkey: Valkey, shelf: Path) -> ServiceSettings:
    return ServiceSettings(
        redis_url=valkey.url,
        data_dir=shelf,
        min_free_bytes=0,
        max_predict_bytes=2_000_000,
        max_predict_rows=1_000,
        max_image_bytes=1_000_000,
        max_transfers=4,
        stall_timeout_s=2,
    )


@pytest.fixture(scope="module")
def served(asked_settings: ServiceSettings) -> Iterator[tuple[str, AppState]]:
    """The address of the service, and what it holds."""
    with serving(asked_settings) as (address, server):
        application: Any = server.config.app
        yield address, application.state.app_state


@pytest.fixture(scope="module")
def asked(served: tuple[str, AppState]) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=served[0], timeout=30, trust_env=False, verify=False) as client:
        yield client
