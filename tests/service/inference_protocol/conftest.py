"""What tests of the protocol may ask for."""

from collections.abc import Iterator

import httpx
import pytest

from service.settings import ServiceSettings
from tests.service.inference_protocol.models import publish_models
from tests.service.server_thread import serving_app


@pytest.fixture(scope="package")
def http(tmp_path_factory: pytest.TempPathFactory) -> Iterator[httpx.Client]:
    """A service without Redis and without a key, for all tests."""
    root = tmp_path_factory.mktemp("data")
    publish_models(root)
    settings = ServiceSettings(
        redis_url="unix:///nowhere.sock", data_dir=root, min_free_bytes=0, max_answer_bytes=100_000
    )
    with serving_app(settings) as http:
        yield http
