"""A key to read looks and asks: all else is refused, whatever the route."""

import re
from collections.abc import Iterator

import httpx
import pytest
from pydantic import SecretStr

from service.app import ROUTERS, create_app
from service.middleware.access import Access
from service.settings import ServiceSettings
from tests.problems import expect_problem
from tests.service.server_thread import serving_app

KEY, READ_KEY = "a key of twenty chars", "a key that may read.."
NOWHERE = ServiceSettings(
    redis_url="unix:///nowhere.sock", api_key=SecretStr(KEY), read_key=SecretStr(READ_KEY)
)
READER = {"authorization": f"Bearer {READ_KEY}"}
# All that may be done by another method than GET and HEAD: nothing is kept of any.
ASKING = {
    ("POST", "/v1/predict"),
    ("POST", "/v1/models/{name}/predict"),
    ("POST", "/v1/models/{name}/aliases/{alias}/predict"),
    ("POST", "/v1/models/{name}/versions/{version}/predict"),
    ("POST", "/v1/models/{name}/explain"),
    ("POST", "/v1/models/{name}/versions/{version}/explain"),
    ("POST", "/v2/models/{name}/infer"),
    ("POST", "/v2/models/{name}/versions/{version}/infer"),
    ("POST", "/v2/repository/index"),
    ("POST", "/v1/jobs/estimate"),
    ("POST", "/v1/lessons/step"),
    ("POST", "/mcp"),
    ("POST", "/page/session"),  # open to all: who signs in shows a key there
    ("DELETE", "/page/session"),
}
OPERATIONS = {
    (method, route.path)
    for routes in ROUTERS
    for route in routes.router.routes
    for method in getattr(route, "methods", None) or ()
}
OF_ADMINS = {("GET", path) for path in ("/v1/keys", "/v1/keys/{key_id}", "/v1/audit")}
LOOKING = {(method, path) for method, path in OPERATIONS if method in ("GET", "HEAD")} - OF_ADMINS
CHANGING = OPERATIONS - LOOKING - OF_ADMINS - ASKING


@pytest.fixture(scope="module")
def http() -> Iterator[httpx.Client]:
    """A service with two keys; its Redis is away, which a refused request never learns."""
    with serving_app(NOWHERE) as client:
        yield client


def refusals(access: Access, method: str, path: str) -> str | None:
    """The code by which a reader's request is refused."""
    headers = [(b"host", b"localhost"), (b"authorization", READER["authorization"].encode())]
    scope = {"type": "http", "method": method, "path": path, "headers": headers, "state": {}}
    refusal = access.refusal(scope)
    return refusal.code if refusal else None


def test_it_may_do_just_what_is_written_down_here() -> None:
    access = create_app(NOWHERE).state.access
    assert ASKING <= OPERATIONS
    for method, path in LOOKING | ASKING:
        assert refusals(access, method, path) is None, (method, path)
    for method, path in CHANGING:
        assert refusals(access, method, path) == "read_only_key", (method, path)
    for method, path in OF_ADMINS:
        assert refusals(access, method, path) == "missing_scope", (method, path)


def test_no_name_in_a_path_makes_it_one_that_only_asks() -> None:
    """Such as a model that is called predict."""
    access = create_app(NOWHERE).state.access
    for method, path in CHANGING:
        for name in ("predict", "explain", "infer", "mcp", "estimate"):
            named = re.sub(r"\{\w+\}", name, path)
            assert refusals(access, method, named) == "read_only_key", (method, named)


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("DELETE", "/v1/models/cats/aliases/predict"),
        ("PUT", "/v1/models/cats/aliases/predict"),
        ("PATCH", "/v1/uploads/predict"),
        ("POST", "/v1/jobs"),
        ("BREW", "/v1/jobs"),
    ],
)
def test_a_refusal_says_which_key_is_needed(http: httpx.Client, method: str, path: str) -> None:
    refused = http.request(method, path, headers=READER)
    expect_problem(refused, 403, "read_only_key")
    assert "PURR_API_KEY" in refused.json()["detail"]
    assert READ_KEY not in refused.text


def test_it_looks_and_the_other_key_still_changes(http: httpx.Client) -> None:
    assert http.get("/v1/limits", headers=READER).status_code == 200
    writer = {"authorization": f"Bearer {KEY}"}
    assert http.post("/v1/jobs", headers=writer, json={}).status_code == 422


def test_a_wrong_key_is_none_of_both(http: httpx.Client) -> None:
    for wrong in (f"{READ_KEY}x", READ_KEY[1:], KEY[:-1]):
        answer = http.get("/v1/jobs", headers={"authorization": f"Bearer {wrong}"})
        expect_problem(answer, 401, "unauthenticated")
