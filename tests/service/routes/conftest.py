"""What tests of routes may ask for."""

from pathlib import Path

import httpx
import pytest

from tests.service.routes.shelf import PICTURES, TABLE, Shelf
from worker.jobs.transitions import Transitions


@pytest.fixture
def shelf(http: httpx.Client, root: Path, datasets: Transitions) -> Shelf:
    return Shelf(root, datasets)


@pytest.fixture
def pictures(shelf: Shelf) -> str:
    return shelf.put(PICTURES, "images")


@pytest.fixture
def table(shelf: Shelf) -> str:
    return shelf.put(TABLE, "rows")
