"""What tests of connections may ask for."""

from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from tests.service.server.raw_sockets import little_room
from tests.service.server_thread import serving_app


@pytest.fixture
def impatient(tmp_path: Path) -> Iterator[httpx.Client]:
    """With little room and little patience."""
    with serving_app(little_room(tmp_path, 1)) as http:
        yield http


@pytest.fixture
def patient(tmp_path: Path) -> Iterator[httpx.Client]:
    """With little room, but nobody goes before the test is over."""
    with serving_app(little_room(tmp_path, 120)) as http:
        yield http
