"""What tests of aliases share: how they are moved over HTTP, and which version answers then."""

from typing import Any

import httpx

MODEL = "/v1/models/cats"
ALIASES = f"{MODEL}/aliases"
CHAMPION = f"{ALIASES}/champion"


def answered_by(http: httpx.Client, path: str = MODEL) -> int:
    answer = http.post(f"{path}/predict", json={"rows": [[1, 0, 0, 0]]})
    return int(answer.raise_for_status().json()["version"])


def put(http: httpx.Client, version: int, alias: str = "champion", **more: Any) -> httpx.Response:
    headers = more.pop("headers", {})
    return http.put(f"{ALIASES}/{alias}", json={"version": version, **more}, headers=headers)
