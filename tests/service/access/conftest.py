"""A service whose callers show keys."""

from collections.abc import Callable
from typing import Any

import httpx
import pytest
from pydantic import SecretStr

FIRST_KEY, READ_KEY = "the first key of all", "the one to read with"

Make = Callable[..., dict[str, Any]]


def shows(key: str) -> dict[str, str]:
    return {"authorization": f"Bearer {key}"}


@pytest.fixture
def changed() -> dict[str, Any]:
    return {"api_key": SecretStr(FIRST_KEY), "read_key": SecretStr(READ_KEY)}


@pytest.fixture
def make(http: httpx.Client) -> Make:
    """Makes a key with these scopes, and returns what is told of it."""

    def made(*scopes: str, **more: Any) -> dict[str, Any]:
        asked = {"name": "a key", "scopes": scopes, **more}
        answer = http.post("/v1/keys", json=asked, headers=shows(FIRST_KEY))
        assert answer.status_code == 201, answer.text
        return answer.json()  # type: ignore[no-any-return]

    return made
