"""The key is asked for once; then a cookie stands for it, of which scripts can make nothing."""

from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from playwright.sync_api import Browser, expect
from pydantic import SecretStr

from service.launcher.valkey import Valkey
from service.page.session import COOKIE, LASTS_S, begin, is_signed
from service.settings import ServiceSettings
from tests.page.conftest import Visit, looked_at
from tests.problems import expect_problem
from tests.service.server_thread import serving_app

KEY = "a key that is long enough"


@pytest.fixture
def locked(valkey: Valkey, tmp_path: Path) -> Iterator[httpx.Client]:
    settings = ServiceSettings(redis_url=valkey.url, data_dir=tmp_path, api_key=KEY)
    with serving_app(settings) as http:
        yield http


@pytest.fixture
def stranger(browser: Browser, locked: httpx.Client) -> Iterator[Visit]:
    yield from looked_at(browser, str(locked.base_url), wanted=("401",))


def test_the_key_is_asked_for_once(stranger: Visit) -> None:
    page = stranger.page
    page.goto(stranger.address)
    expect(page.get_by_role("dialog")).to_be_visible()
    page.get_by_label("Key", exact=True).fill("another key, of no use")
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_role("alert")).to_contain_text("Expected the key of this service")
    stranger.is_for_everybody()
    page.get_by_label("Key", exact=True).fill(KEY)
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_role("dialog")).to_have_count(0)
    stranger.go("/jobs")
    page.reload()
    expect(page.locator("main h1")).to_be_visible()
    assert KEY not in page.evaluate("document.cookie + JSON.stringify({...localStorage})")
    assert COOKIE not in page.evaluate("document.cookie")
    page.get_by_role("button", name="Sign out").click()
    expect(page.get_by_role("dialog")).to_be_visible()


def signed_in(http: httpx.Client) -> str:
    answer = http.post("/page/session", json={"key": KEY})
    assert answer.status_code == 204
    cookie = answer.headers["set-cookie"]
    for word in ("HttpOnly", "SameSite=strict", "Path=/", f"Max-Age={LASTS_S}"):
        assert word in cookie
    return cookie.partition(";")[0]


def test_the_cookie_counts_for_our_own_page_alone(locked: httpx.Client) -> None:
    cookie = signed_in(locked)
    locked.cookies.clear()
    own = str(locked.base_url).rstrip("/")
    neighbour = "http://127.0.0.1:1"
    for method, headers, status in (
        ("GET", {}, 200),
        ("GET", {"Sec-Fetch-Site": "same-origin"}, 200),
        ("GET", {"Sec-Fetch-Site": "same-site"}, 403),
        ("GET", {"Sec-Fetch-Site": "cross-site"}, 403),
        ("POST", {"Origin": own}, 415),
        ("POST", {"Sec-Fetch-Site": "same-origin"}, 415),
        ("POST", {"Origin": neighbour}, 403),
        ("POST", {"Origin": "null"}, 403),
        ("POST", {}, 401),
        ("POST", {"Sec-Fetch-Site": "none"}, 401),
    ):
        said = {"Cookie": cookie, **headers}
        body = b"{}" if method == "POST" else None
        answer = locked.request(method, "/v1/jobs", headers=said, content=body)
        assert answer.status_code == status, (method, headers, answer.text)


def test_a_header_that_is_wrong_is_not_made_good_by_a_cookie(locked: httpx.Client) -> None:
    signed_in(locked)
    assert locked.get("/v1/jobs").status_code == 200
    expect_problem(
        locked.get("/v1/jobs", headers={"Authorization": "Bearer no"}), 401, "unauthenticated"
    )


def test_a_wrong_key_is_told_what_was_expected(locked: httpx.Client) -> None:
    for key in ("", "wrong", "ключ", KEY + "x"):
        answer = locked.post("/page/session", json={"key": key})
        expect_problem(answer, 401, "unauthenticated")
        assert "PURR_API_KEY" in answer.json()["detail"]
        assert "set-cookie" not in answer.headers


def test_a_session_ends_by_its_time_and_with_its_key() -> None:
    key = KEY.encode()
    cookie = begin(key, now=1000.0)
    assert is_signed(cookie, key, now=1000.0 + LASTS_S - 1)
    assert not is_signed(cookie, key, now=1001.0 + LASTS_S)
    assert not is_signed(cookie, b"another key of the service", now=1000.0)
    later = str(10**12)
    for forged in (later + cookie[cookie.index(".") :], "", ".", "é.é", f"{later}."):
        assert not is_signed(forged, key, now=1000.0)


def test_without_a_key_nobody_is_asked(valkey: Valkey, tmp_path: Path) -> None:
    with serving_app(ServiceSettings(redis_url=valkey.url, data_dir=tmp_path)) as http:
        assert http.get("/page/session").json() == {
            "key_needed": False,
            "signed_in": True,
            "may_write": True,
        }
        assert http.get("/v1/jobs").status_code == 200


def test_who_signs_in_with_the_key_to_read_may_change_nothing(
    valkey: Valkey, tmp_path: Path
) -> None:
    reading = "another key, to read with"
    settings = ServiceSettings(
        redis_url=valkey.url,
        data_dir=tmp_path,
        api_key=SecretStr(KEY),
        read_key=SecretStr(reading),
    )
    with serving_app(settings) as http:
        assert http.post("/page/session", json={"key": reading}).status_code == 204
        said = http.get("/page/session").json()
        assert said == {"key_needed": True, "signed_in": True, "may_write": False}
        assert http.get("/v1/jobs").status_code == 200
        own = {"Origin": str(http.base_url).rstrip("/")}
        expect_problem(http.post("/v1/jobs", headers=own), 403, "read_only_key")
        assert http.post("/page/session", json={"key": KEY}).status_code == 204
        assert http.get("/page/session").json()["may_write"]
        assert http.post("/v1/jobs", headers=own).status_code == 415
