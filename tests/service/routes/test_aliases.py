"""Aliases over HTTP: which version answers, and who may change that."""

import json
import time
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.problems import expect_problem
from tests.service.routes.moving import ALIASES, CHAMPION, MODEL, answered_by, put
from worker.store.aliases import Move
from worker.store.store import Store

pytestmark = pytest.mark.usefixtures("store")


def test_a_model_shows_which_version_answers(http: httpx.Client) -> None:
    put(http, 3, "staging").raise_for_status()
    model = http.get(MODEL).json()
    assert (model["champion"], model["newest"]) == (1, 3)
    assert model["aliases"] == {"champion": 1, "staging": 3}
    assert [v["aliases"] for v in model["versions"]] == [["staging"], [], ["champion"]]
    assert http.get(f"{MODEL}/versions/1").json()["aliases"] == ["champion"]
    [listed] = http.get("/v1/models").json()["data"]
    assert (listed["champion"], listed["versions"][0]["version"]) == (1, 3)


def test_plain_predictions_are_the_champion_s_and_named_ones_are_not(http: httpx.Client) -> None:
    assert (answered_by(http), answered_by(http, "/v1")) == (1, 1)
    put(http, 3).raise_for_status()
    assert (answered_by(http), answered_by(http, "/v1")) == (3, 3)
    assert answered_by(http, f"{MODEL}/versions/2") == 2


def test_what_another_process_moves_is_seen_within_a_second(
    http: httpx.Client, store: Store
) -> None:
    assert answered_by(http) == 1
    store.aliases.move("cats", Move("champion", 3, "job_3", "It is better."), 1)
    until = time.monotonic() + 1
    while answered_by(http) != 3:
        assert time.monotonic() < until


def test_of_a_model_without_aliases_the_newest_version_is_champion(
    http: httpx.Client, root: Path
) -> None:
    (root / "models" / "cats" / "aliases.json").unlink()
    assert answered_by(http) == 3
    answer = http.get(ALIASES)
    [alias] = answer.json()["data"]
    assert (answer.headers["etag"], alias["version"], alias["at"]) == ('"0"', 3, None)
    assert put(http, 1, headers={"If-Match": '"0"'}).status_code == 200
    assert answered_by(http) == 1


# If-Match


def test_a_tag_that_matches_lets_through_and_one_that_does_not_refuses(
    http: httpx.Client,
) -> None:
    tag = http.get(ALIASES).headers["etag"]
    moved = put(http, 3, headers={"If-Match": tag}).raise_for_status()
    assert moved.headers["etag"] == http.get(ALIASES).headers["etag"] != tag
    for stale in (tag, f"W/{tag}", '"x"', '""', "1"):
        refusal = put(http, 1, headers={"If-Match": stale})
        expect_problem(refusal, 412, "precondition_failed")
    assert answered_by(http) == 3
    assert put(http, 1, headers={"If-Match": "*"}).status_code == 200


def test_who_knows_the_aliases_is_not_told_them_again(http: httpx.Client) -> None:
    tag = http.get(ALIASES).headers["etag"]
    assert http.get(ALIASES, headers={"If-None-Match": tag}).status_code == 304
    put(http, 3).raise_for_status()
    assert http.get(ALIASES, headers={"If-None-Match": tag}).status_code == 200


def test_the_same_again_is_no_move(http: httpx.Client) -> None:
    tag = put(http, 3).headers["etag"]
    again = put(http, 3).raise_for_status()
    assert (again.headers["etag"], again.json()["version"]) == (tag, 3)
    assert len(http.get(f"{CHAMPION}/history").json()["data"]) == 2


# The way back


def test_a_rollback_is_one_call_and_is_recorded(http: httpx.Client) -> None:
    put(http, 3).raise_for_status()
    back = http.post(f"{CHAMPION}/rollback").raise_for_status().json()
    assert (back["version"], back["before"], answered_by(http)) == (1, 3, 1)
    moves = http.get(f"{CHAMPION}/history").json()["data"]
    assert [move["version"] for move in moves] == [1, 3, 1]
    http.post(f"{CHAMPION}/rollback").raise_for_status()
    assert answered_by(http) == 3


def test_there_is_no_way_back_from_the_first_or_to_what_is_gone(
    http: httpx.Client, store: Store
) -> None:
    expect_problem(http.post(f"{CHAMPION}/rollback"), 409, "conflict")
    put(http, 3).raise_for_status()
    store.models.withdraw("cats", "cats-1")
    expect_problem(http.post(f"{CHAMPION}/rollback"), 409, "conflict")


def test_a_history_comes_in_pages(http: httpx.Client) -> None:
    for version in (3, 1, 3):
        put(http, version).raise_for_status()
        put(http, version, "staging").raise_for_status()
    found, after = [], None
    while True:
        query = {"limit": 3} | ({} if after is None else {"after": after})
        page = http.get(f"{CHAMPION}/history", params=query).json()
        found += page["data"]
        if (after := page["next"]) is None:
            break
    assert [move["version"] for move in found] == [3, 1, 3, 1]
    assert {move["alias"] for move in found} == {"champion"}


def test_an_alias_is_deleted_but_not_the_champion(http: httpx.Client) -> None:
    put(http, 3, "staging").raise_for_status()
    assert http.delete(f"{ALIASES}/staging").status_code == 204
    expect_problem(http.delete(f"{ALIASES}/staging"), 404, "alias_not_found")
    expect_problem(http.delete(CHAMPION), 409, "conflict")
    assert [a["alias"] for a in http.get(ALIASES).json()["data"]] == ["champion"]
    deleted = http.get(f"{ALIASES}/staging/history").json()["data"][0]
    assert (deleted["version"], deleted["before"]) == (None, 3)


@pytest.mark.parametrize(
    ("method", "path", "body", "status", "code"),
    [
        ("PUT", "champion", {"version": 9}, 404, "model_not_found"),
        ("PUT", "champion", {"version": 0}, 422, "invalid_parameter"),
        ("PUT", "champion", {"version": "1"}, 422, "invalid_parameter"),
        ("PUT", "champion", {}, 422, "invalid_parameter"),
        ("PUT", "champion", {"version": 1, "forced": True}, 422, "invalid_parameter"),
        ("PUT", "champion", {"version": 1, "reason": "x" * 501}, 422, "invalid_parameter"),
        ("PUT", "Champion", {"version": 1}, 422, "invalid_parameter"),
        ("POST", "nobody/rollback", None, 404, "alias_not_found"),
        ("DELETE", "nobody", None, 404, "alias_not_found"),
    ],
)
def test_what_is_wrong_is_said(
    http: httpx.Client, method: str, path: str, body: Any, status: int, code: str
) -> None:
    content = {} if body is None else {"json": body}
    expect_problem(http.request(method, f"{ALIASES}/{path}", **content), status, code)


@pytest.mark.parametrize("path", ["", "/champion/history"])
def test_of_a_model_that_is_not_there_there_are_no_aliases(http: httpx.Client, path: str) -> None:
    for name in ("dogs", "..%2Fcats", "Cats"):
        answer = http.get(f"/v1/models/{name}/aliases{path}")
        assert answer.status_code == 404, answer.text


@pytest.mark.parametrize("alias", ["champion", "staging"])
def test_nor_can_any_be_set(http: httpx.Client, alias: str) -> None:
    answer = http.put(f"/v1/models/dogs/aliases/{alias}", json={"version": 1})
    expect_problem(answer, 404, "model_not_found")


def test_aliases_that_cannot_be_read_are_named_and_what_is_asked_by_version_answers(
    http: httpx.Client, root: Path
) -> None:
    path = root / "models" / "cats" / "aliases.json"
    assert json.loads(path.read_text())["revision"] == 1
    path.write_text("{")
    expect_problem(http.get(ALIASES), 500, "damaged_model")
    assert answered_by(http, f"{MODEL}/versions/2") == 2
