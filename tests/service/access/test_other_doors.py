"""The same scopes by the page's cookie, by tools for language models and by the protocol for
inference; and services that ask for no key, or whose Redis is away."""

from collections.abc import Iterator

import httpx
import pytest
import redis
from pydantic import SecretStr

from service.mcp.tools import TOOLS
from service.settings import ServiceSettings
from tests.problems import expect_problem
from tests.service.access.conftest import FIRST_KEY, READ_KEY, Make, shows
from tests.service.mcp.speaking import Speaker
from tests.service.server_thread import serving_app
from tests.service.wait import wait_until
from worker.jobs.api_keys import FILLED
from worker.store.api_key import new_secret, token

PREDICTING = {"predict", "explain", "list_recipes", "job_schema"}


def test_a_browser_that_has_shown_a_key_may_what_the_key_may(
    http: httpx.Client, make: Make
) -> None:
    made = make("read")
    assert http.post("/page/session", json={"key": made["key"]}).status_code == 204
    own = {"origin": str(http.base_url).rstrip("/")}
    said = http.get("/page/session").json()
    assert said == {"key_needed": True, "signed_in": True, "may_write": False}
    assert http.get("/v1/jobs").status_code == 200
    expect_problem(http.post("/v1/jobs", headers=own), 403, "missing_scope")
    expect_problem(http.get("/v1/keys"), 403, "missing_scope")
    cookie = http.cookies["purr_session"]
    assert made["key"].rpartition("_")[2] not in cookie
    other = make("admin")["id"]
    for wrong in (cookie.replace(made["id"], other), cookie[:-1], cookie.replace(".", "", 1)):
        http.cookies.clear()
        said_so = {"cookie": f"purr_session={wrong}"}
        expect_problem(http.get("/v1/jobs", headers=said_so), 401, "unauthenticated")


def test_a_cookie_ends_with_its_key(http: httpx.Client, make: Make) -> None:
    made = make("train")
    http.post("/page/session", json={"key": made["key"]})
    assert http.get("/page/session").json()["may_write"]
    http.post(f"/v1/keys/{made['id']}/rotate", headers=shows(FIRST_KEY), json={"old_lasts_s": 99})

    def signed_in() -> bool:
        return bool(http.get("/page/session").json()["signed_in"])

    wait_until(lambda: not signed_in())
    answer = http.post("/page/session", json={"key": made["key"][:-1] + "x"})
    expect_problem(answer, 401, "unauthenticated")


def test_tools_are_those_of_the_scopes(http: httpx.Client, make: Make) -> None:
    address = str(http.base_url).rstrip("/")
    assert {*Speaker(address, make("predict")["key"]).tools()} == PREDICTING
    assert {*Speaker(address, make("admin")["key"]).tools()} == {*TOOLS}
    reading = {*Speaker(address, make("read", "predict")["key"]).tools()}
    assert reading == {*Speaker(address, READ_KEY).tools()}
    said = Speaker(address, make("predict")["key"]).refused("list_jobs")
    assert "this key may only predict" in said
    assert "may read" in said


def test_the_protocol_takes_a_key_as_a_password_too(http: httpx.Client, make: Make) -> None:
    key = make("predict")["key"]
    assert http.get("/v2", auth=("anyone", key)).status_code == 200
    asked = http.post("/v2/models/none/infer", auth=("anyone", key), json={"inputs": []})
    assert asked.status_code in (400, 404)
    reader = ("anyone", make("train")["key"])
    assert http.post("/v2/models/none/infer", auth=reader, json={}).status_code == 403


def test_a_wiped_redis_is_told_of_the_keys_again(
    http: httpx.Client, make: Make, client: redis.Redis
) -> None:
    key = make("read")["key"]
    client.flushall()
    wait_until(lambda: client.exists(FILLED))
    wait_until(lambda: http.get("/v1/jobs", headers=shows(key)).status_code == 200)


@pytest.fixture
def away() -> Iterator[httpx.Client]:
    """A service whose Redis is away."""
    settings = ServiceSettings(
        redis_url="unix:///nowhere.sock",
        api_key=SecretStr(FIRST_KEY),
        read_key=SecretStr(READ_KEY),
    )
    with serving_app(settings) as http:
        yield http


def test_while_redis_is_away_keys_are_refused_and_those_of_the_settings_are_not(
    away: httpx.Client,
) -> None:
    key = shows(token(f"key_{32 * '1'}", new_secret()))
    for _ in range(2):
        expect_problem(away.get("/v1/limits", headers=key), 503, "queue_unavailable")
        expect_problem(away.post("/mcp", headers=key), 503, "queue_unavailable")
    for known in (FIRST_KEY, READ_KEY):
        assert away.get("/v1/limits", headers=shows(known)).status_code == 200
    signing_in = away.post("/page/session", json={"key": key["authorization"].split()[1]})
    expect_problem(signing_in, 503, "queue_unavailable")
    expect_problem(away.get("/v1/limits", headers=shows("wrong")), 401, "unauthenticated")


def test_where_no_key_is_asked_for_none_is_made() -> None:
    with serving_app(ServiceSettings(redis_url="unix:///nowhere.sock")) as http:
        for answer in (
            http.post("/v1/keys", json={"name": "a", "scopes": ["read"]}),
            http.get("/v1/keys"),
        ):
            expect_problem(answer, 409, "keys_off")
            assert "PURR_API_KEY" in answer.json()["detail"]
