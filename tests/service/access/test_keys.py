"""Keys through the front door: made, shown, used for what they are for, rotated, revoked."""

import re
import time
from pathlib import Path

import httpx
import pytest
import redis

from tests.problems import expect_problem
from tests.service.access.conftest import FIRST_KEY, READ_KEY, Make, shows
from worker.store.api_keys import KeyStore

# A request for each scope, which goes through as far as its body or its name allows.
REQUESTS = {
    "predict": ("POST", "/v1/models/none/predict", 404),
    "read": ("GET", "/v1/jobs", 200),
    "train": ("POST", "/v1/jobs", 415),
    "admin": ("GET", "/v1/keys", 200),
}


def asked(http: httpx.Client, method: str, path: str, key: str) -> httpx.Response:
    return http.request(method, path, headers=shows(key))


def test_a_key_is_told_once_and_kept_as_a_digest(
    http: httpx.Client, make: Make, root: Path, client: redis.Redis
) -> None:
    made = make("predict", "predict", name="the shop")
    key = made.pop("key")
    assert re.fullmatch(r"purr_[0-9a-f]{32}_[0-9a-f]{48}", key)
    assert made["id"].removeprefix("key_") in key
    assert (made["name"], made["scopes"], made["state"]) == ("the shop", ["predict"], "active")
    assert made["created_by"] == "PURR_API_KEY"
    shown = asked(http, "GET", "/v1/keys", FIRST_KEY).json()
    assert shown == {"data": [made], "next": None}
    assert asked(http, "GET", f"/v1/keys/{made['id']}", FIRST_KEY).json() == made
    secret = key.rpartition("_")[2]
    kept = [path.read_text() for path in root.rglob("*.json")]
    known = [client.get(name) for name in client.keys("purr:key:*")]
    assert len(kept) == len(known) == 1
    assert secret not in f"{kept}{known}"


def test_a_key_does_what_its_scopes_say_and_nothing_else(http: httpx.Client, make: Make) -> None:
    for scope in REQUESTS:
        key = make(scope)["key"]
        for needed, (method, path, status) in REQUESTS.items():
            answer = asked(http, method, path, key)
            if scope in (needed, "admin"):
                assert answer.status_code == status, (scope, path)
            else:
                expect_problem(answer, 403, "missing_scope")
                assert needed in answer.json()["detail"]
                assert key not in answer.text


def test_the_two_keys_of_the_settings_go_on_as_before(http: httpx.Client) -> None:
    for method, path, status in REQUESTS.values():
        assert asked(http, method, path, FIRST_KEY).status_code == status
    may = {scope: asked(http, *REQUESTS[scope][:2], READ_KEY).status_code for scope in REQUESTS}
    assert may == {"predict": 404, "read": 200, "train": 403, "admin": 403}


def forged(key: str) -> list[str]:
    """What is nearly this key."""
    prefix, number, secret = key.split("_")
    other = f"{int(secret[0], 16) ^ 1:x}{secret[1:]}"
    return [
        f"{prefix}_{number}_{other}",
        f"{prefix}_{32 * '0'}_{secret}",
        f"{prefix}_{number}_{48 * '0'}",
        f"{prefix}_{number}_",
        f"{prefix}_{number}",
        key[:-1],
        f"{key}0",
        key.upper(),
        f"key_{number}_{secret}",
        f"{prefix}_../{number}_{secret}",
        f"{prefix}_{number}\t{secret}",
        f"{prefix}_{number}_{secret[:-1]}é",
        f"key_{number}",
    ]


def test_a_forged_key_is_none_whatever_the_route(http: httpx.Client, make: Make) -> None:
    key = make("admin")["key"]
    assert asked(http, "GET", "/v1/keys", key).status_code == 200
    for wrong in forged(key):
        for method, path, _ in REQUESTS.values():
            headers = {b"authorization": f"Bearer {wrong}".encode()}
            answer = http.request(method, path, headers=headers)
            expect_problem(answer, 401, "unauthenticated")


def test_a_key_is_shown_as_a_bearer_alone(http: httpx.Client, make: Make) -> None:
    key = make("admin")["key"]
    for scheme in ("Basic", "Digest", "bearerx"):
        said = {"authorization": f"{scheme} {key}"}
        expect_problem(http.get("/v1/jobs", headers=said), 401, "unauthenticated")


def test_a_revoked_key_is_refused_within_a_second(http: httpx.Client, make: Make) -> None:
    made = make("read")
    assert asked(http, "GET", "/v1/jobs", made["key"]).status_code == 200
    path = f"/v1/keys/{made['id']}"
    for _ in range(2):  # the second time changes nothing
        assert asked(http, "DELETE", path, FIRST_KEY).status_code == 204
    time.sleep(1)  # what is promised
    answer = asked(http, "GET", "/v1/jobs", made["key"])
    expect_problem(answer, 401, "unauthenticated")
    assert "was revoked on" in answer.json()["detail"]
    told = asked(http, "GET", path, FIRST_KEY).json()
    assert (told["state"], told["revoked_at"] is None) == ("revoked", False)
    refused = http.post(f"{path}/rotate", headers=shows(FIRST_KEY), json={})
    expect_problem(refused, 409, "conflict")


def test_a_rotated_key_has_another_secret_and_the_old_one_as_long_as_was_said(
    http: httpx.Client, make: Make
) -> None:
    first = make("read")
    path = f"/v1/keys/{first['id']}/rotate"
    second = http.post(path, headers=shows(FIRST_KEY), json={"old_lasts_s": 3600}).json()
    assert second["id"] == first["id"]
    assert second["old_until"] > second["rotated_at"]
    for one in (first, second):
        assert asked(http, "GET", "/v1/jobs", one["key"]).status_code == 200
    third = http.post(path, headers=shows(FIRST_KEY), json={}).json()
    time.sleep(1)
    found = [asked(http, "GET", "/v1/jobs", k["key"]).status_code for k in (first, second, third)]
    assert found == [401, 401, 200]


def test_a_key_that_has_expired_is_refused_and_told_so(
    http: httpx.Client, make: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = make("read", lasts_s=60)
    assert asked(http, "GET", "/v1/jobs", made["key"]).status_code == 200
    later = time.time_ns() + 61 * 10**9
    monkeypatch.setattr("service.access.known_keys.time.time_ns", lambda: later)
    answer = asked(http, "GET", "/v1/jobs", made["key"])
    expect_problem(answer, 401, "unauthenticated")
    assert "expired on" in answer.json()["detail"]


def test_the_use_of_a_key_is_told(http: httpx.Client, make: Make) -> None:
    made = make("read")
    for _ in range(3):
        asked(http, "GET", "/v1/jobs", made["key"])
    told = asked(http, "GET", f"/v1/keys/{made['id']}", FIRST_KEY).json()
    assert told["last_used_at"] >= made["created_at"]


WRONG: list[tuple[dict[str, object], str]] = [
    ({"name": ""}, "/name"),
    ({"name": "a\nb"}, "/name"),
    ({"name": 101 * "a"}, "/name"),
    ({"scopes": []}, "/scopes"),
    ({"scopes": ["write"]}, "/scopes/0"),
    ({"scopes": "read"}, "/scopes"),
    ({"lasts_s": 59}, "/lasts_s"),
    ({"lasts_s": 10**12}, "/lasts_s"),
    ({"lasts_s": 60.5}, "/lasts_s"),
    ({"digest": "x"}, "/digest"),
]


def test_a_key_that_cannot_be_made_is_refused_with_its_place(
    http: httpx.Client, root: Path
) -> None:
    for wrong, pointer in WRONG:
        body = {"name": "a key", "scopes": ["read"], **wrong}
        answer = http.post("/v1/keys", json=body, headers=shows(FIRST_KEY))
        expect_problem(answer, 422, "invalid_parameter", pointer)
    assert KeyStore(root / "keys").all() == []


def test_a_key_that_is_not_there_is_404(http: httpx.Client) -> None:
    for key_id in ("key_1", f"key_{32 * '0'}", "..", "*"):
        path = f"/v1/keys/{key_id.replace('.', '%2E')}"
        for answer in (
            http.get(path, headers=shows(FIRST_KEY)),
            http.delete(path, headers=shows(FIRST_KEY)),
            http.post(f"{path}/rotate", headers=shows(FIRST_KEY), json={}),
        ):
            expect_problem(answer, 404, "key_not_found")


def test_lists_go_on(http: httpx.Client, make: Make) -> None:
    ids = [make("read")["id"] for _ in range(3)][::-1]
    first = http.get("/v1/keys", params={"limit": 2}, headers=shows(FIRST_KEY)).json()
    after = {"limit": 2, "after": first["next"]}
    second = http.get("/v1/keys", params=after, headers=shows(FIRST_KEY)).json()
    assert [key["id"] for key in first["data"] + second["data"]] == ids
    assert second["next"] is None
