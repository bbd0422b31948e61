"""What tests of `/mcp` may ask for."""

from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.service.mcp.speaking import Speaker, at
from tests.service.requests.asked import SIDE, WEIGHT
from tests.worker.serving.test_loaded_models import publish
from worker.data.preprocessing import Preprocessing
from worker.store.aliases import Move
from worker.store.store import Store


@pytest.fixture
def changed() -> dict[str, Any]:
    return {"mcp_writes": True, "max_mcp_bytes": 2**16, "max_mcp_calls": 2, "max_wait_s": 20}


@pytest.fixture
def speaker(http: httpx.Client) -> Speaker:
    """Somebody who may write, to a service without workers."""
    return at(http)


@pytest.fixture
def store(root: Path) -> Store:
    """With a model of numbers in two versions, of which the first answers, and one of pictures."""
    store = Store(root)
    publish(store, "numbers", 1, shape=(3,))
    publish(store, "numbers", 2, shape=(3,), weight=-1.0)
    store.aliases.move("numbers", Move("champion", 1, "caller", "It is the first."), 0)
    seen = Preprocessing(height=SIDE, width=SIDE)
    publish(store, "pixels", 1, seen.shape, preprocessing=seen, weight=WEIGHT)
    return store
