"""What tests of routes may ask for."""

from pathlib import Path

import httpx
import numpy as np
import pytest

from tests.service.routes.shelf import PICTURES, TABLE, Shelf
from tests.worker.serving.test_loaded_models import publish
from worker.data.dataset import Split
from worker.jobs.transitions import Transitions
from worker.store.aliases import Move
from worker.store.right_answers import AskedRows
from worker.store.store import Store


@pytest.fixture
def shelf(http: httpx.Client, root: Path, datasets: Transitions) -> Shelf:
    return Shelf(root, datasets)


@pytest.fixture
def pictures(shelf: Shelf) -> str:
    return shelf.put(PICTURES, "images")


@pytest.fixture
def table(shelf: Shelf) -> str:
    return shelf.put(TABLE, "rows")


@pytest.fixture
def store(root: Path) -> Store:
    """With three versions of a model, of which the first answers and the second is worse."""
    store = Store(root)
    rows = Split.whole(np.arange(40, dtype="uint8").reshape(20, 2), np.arange(20) % 2)
    asked = AskedRows.of("ds_1", rows)
    for version, right in ((1, 20), (2, 5), (3, 19)):
        publish(store, "cats", version, weight=float(version))
        manifest = store.models.manifest("cats", version)
        store.right_answers.keep("cats", manifest, asked, np.arange(20) < right)
    store.aliases.move("cats", Move("champion", 1, "job_1", "It is the first version."), 0)
    return store
