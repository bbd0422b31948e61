"""What the guard says over HTTP of a version that is to go live."""

import httpx
import pytest

from tests.problems import expect_problem
from tests.service.routes.moving import CHAMPION, answered_by, put
from tests.worker.serving.test_loaded_models import publish
from worker.store.store import Store

pytestmark = pytest.mark.usefixtures("store")


def test_a_worse_version_is_refused_and_the_refusal_says_why(http: httpx.Client) -> None:
    refusal = put(http, 2)
    expect_problem(refusal, 409, "promotion_refused")
    guard = refusal.json()["guard"]
    assert guard["allowed"] is False
    assert len(guard["reasons"]) == 1
    [found] = guard["comparisons"]
    assert (found["on"], found["rows"], found["champion_right"], found["candidate_right"]) == (
        "ds_1", 20, 20, 5,
    )  # fmt: skip
    assert found["p"] == pytest.approx(2**-14)
    assert answered_by(http) == 1


def test_force_is_recorded_with_what_the_guard_said(http: httpx.Client) -> None:
    forced = put(http, 2, force=True, reason="It is faster.").raise_for_status().json()
    assert (forced["version"], forced["before"], forced["forced"]) == (2, 1, True)
    assert (forced["who"], forced["why"]) == ("caller", "It is faster.")
    assert forced["guard"]["allowed"] is False
    [newest, first] = http.get(f"{CHAMPION}/history").json()["data"]
    assert newest == forced
    assert (first["version"], first["who"], first["guard"]) == (1, "job_1", None)


def test_one_that_is_not_worse_by_more_than_chance_goes_live(http: httpx.Client) -> None:
    answer = put(http, 3).raise_for_status().json()
    assert answer["guard"]["comparisons"][0]["only_champion"] == 1
    assert (answer["guard"]["allowed"], answer["forced"]) == (True, False)


def test_where_nothing_was_kept_it_is_said_and_is_no_reason(
    http: httpx.Client, store: Store
) -> None:
    publish(store, "cats", 4, weight=4.0)
    guard = put(http, 4).raise_for_status().json()["guard"]
    assert (guard["allowed"], guard["comparisons"]) == (True, [])
    assert len(guard["not_compared"]) == 1


def test_other_aliases_need_no_guard(http: httpx.Client) -> None:
    assert put(http, 2, "worst").raise_for_status().json()["guard"] is None
    assert answered_by(http) == 1
