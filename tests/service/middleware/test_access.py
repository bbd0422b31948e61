"""Who may ask: every route that is not open wants the key, and nobody from elsewhere gets in."""

import re
from collections.abc import Iterator

import httpx
import pytest
from fastapi import FastAPI
from pydantic import SecretStr

from service.app import create_app
from service.middleware.access import HEALTH, OPEN
from service.settings import ServiceSettings
from tests.problems import expect_problem
from tests.service.server_thread import serving_app

KEY = "a key of twenty chars"
NOWHERE = ServiceSettings(redis_url="unix:///nowhere.sock", api_key=SecretStr(KEY))


def paths(app: FastAPI) -> set[str]:
    found: set[str] = set()
    for route in app.routes:
        inner = getattr(route, "original_router", None)
        found |= (
            {r.path for r in inner.routes} if inner is not None else {getattr(route, "path", "?")}
        )
    return found


KEYED = paths(create_app(NOWHERE)) - OPEN


@pytest.fixture(scope="module")
def http() -> Iterator[httpx.Client]:
    """A service with a key; its Redis is away, which a refused request never learns."""
    with serving_app(NOWHERE) as client:
        yield client


def test_all_that_is_open_is_a_route() -> None:
    assert paths(create_app(NOWHERE)) >= OPEN


def test_every_operation_of_the_documentation_is_a_route() -> None:
    assert set(create_app(NOWHERE).openapi()["paths"]) <= OPEN | KEYED


@pytest.mark.parametrize("path", sorted(KEYED))
def test_without_the_key_no_method_of_any_route_answers(http: httpx.Client, path: str) -> None:
    for method in ("GET", "POST", "DELETE", "PUT", "PATCH", "OPTIONS", "BREW"):
        answer = http.request(method, path.replace("{", "").replace("}", ""))
        expect_problem(answer, 401, "unauthenticated")
        assert answer.headers["www-authenticate"] == "Bearer"


@pytest.mark.parametrize(
    "given",
    ["", "Bearer", "Bearer wrong", f"Basic {KEY}", f"Bearer {KEY}x", f"{KEY}", "Bearer ключ"],
)
def test_a_wrong_key_is_no_key(http: httpx.Client, given: str) -> None:
    answer = http.get("/v1/jobs", headers=[(b"authorization", given.encode())])
    expect_problem(answer, 401, "unauthenticated")


def test_a_path_that_does_not_exist_asks_for_the_key_too(http: httpx.Client) -> None:
    expect_problem(http.get("/v1/secrets"), 401, "unauthenticated")


def test_with_the_key_a_request_goes_through(http: httpx.Client) -> None:
    answer = http.get("/v1/limits", headers={"authorization": f"Bearer {KEY}"})
    assert answer.status_code == 200


@pytest.mark.parametrize("path", sorted(HEALTH))
def test_health_is_open(http: httpx.Client, path: str) -> None:
    assert http.get(path).status_code in (200, 503)


@pytest.mark.parametrize("path", ["/", "/docs", "/redoc", "/openapi.json", "/docs/oauth2-redirect"])
def test_the_documentation_is_open_and_so_is_all_that_it_loads(
    http: httpx.Client, path: str
) -> None:
    page = http.get(path)
    assert page.status_code == 200
    for link in re.findall(r'(?:src|href)="([^"]+)"', page.text):
        assert http.get(link).status_code == 200, link


@pytest.mark.parametrize(
    "path",
    ["/static-offline-docsx", "/docs/x", "/openapi.json/x", "/static-offline-docs/../v1/jobs"],
)
def test_what_only_looks_like_the_documentation_is_not_open(http: httpx.Client, path: str) -> None:
    answer = http.send(http.build_request("GET", path))
    assert answer.status_code == 401


def test_the_page_asks_for_the_key_that_the_api_takes(http: httpx.Client) -> None:
    document = http.get("/openapi.json").json()
    (scheme,) = document["components"]["securitySchemes"].values()
    assert (scheme["type"], scheme["scheme"]) == ("http", "bearer")


@pytest.mark.parametrize(
    "host", ["evil.test", "127.0.0.1.nip.io", "", "localhost.evil.test", "[::"]
)
def test_a_foreign_host_is_not_ours(http: httpx.Client, host: str) -> None:
    expect_problem(http.get("/livez", headers={"host": host}), 421, "misdirected_host")


@pytest.mark.parametrize("host", ["localhost", "localhost:8000", "127.0.0.1:1", "[::1]:8000"])
def test_a_local_host_is_ours_whatever_the_port(http: httpx.Client, host: str) -> None:
    assert http.get("/livez", headers={"host": host}).status_code == 200


@pytest.mark.parametrize("method", ["GET", "POST", "DELETE", "PUT", "OPTIONS", "BREW"])
@pytest.mark.parametrize(
    "headers",
    [
        {"origin": "https://evil.test"},
        {"origin": "null"},
        {"sec-fetch-site": "cross-site"},
        {"sec-fetch-site": "same-site"},
    ],
)
def test_a_foreign_page_is_refused_whatever_the_method(
    http: httpx.Client, method: str, headers: dict[str, str]
) -> None:
    expect_problem(http.request(method, "/livez", headers=headers), 403, "cross_origin")


def test_named_hosts_and_origins_are_welcome() -> None:
    settings = NOWHERE.model_copy(
        update={"allowed_hosts": ("cats.test",), "allowed_origins": ("https://cats.test",)}
    )
    with serving_app(settings) as http:
        headers = {"host": "cats.test", "origin": "https://cats.test"}
        assert http.get("/livez", headers=headers).status_code == 200
        asked = {**headers, "access-control-request-method": "POST"}
        preflight = http.options("/v1/jobs", headers=asked)
        assert preflight.status_code == 200
        assert preflight.headers["access-control-allow-origin"] == "https://cats.test"
        for method in ("HEAD", "PATCH"):  # with which an upload in pieces goes on
            going_on = {**asked, "access-control-request-method": method}
            going_on["access-control-request-headers"] = "tus-resumable"
            assert http.options("/v1/uploads/ds_1", headers=going_on).status_code == 200
        foreign = http.options("/v1/jobs", headers={**asked, "origin": "https://evil.test"})
        assert "access-control-allow-origin" not in foreign.headers
        own = {"origin": str(http.base_url).rstrip("/")}
        assert http.get("/livez", headers=own).status_code == 200
