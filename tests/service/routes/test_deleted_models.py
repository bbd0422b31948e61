"""Models and versions over HTTP that are deleted, and restored as they were."""

from datetime import UTC, datetime
from typing import Any

import httpx
import pytest

from tests.problems import expect_problem
from tests.service.routes.moving import ALIASES, CHAMPION, MODEL, answered_by, put
from tests.worker.serving.test_loaded_models import publish
from worker.jobs.record import State, new_id
from worker.jobs.transitions import Transitions
from worker.jsontypes import Json
from worker.store.store import Store

DAY_S = 24 * 3600
SECOND = f"{MODEL}/versions/2"

pytestmark = pytest.mark.usefixtures("store")


def versions(http: httpx.Client, query: str = "") -> list[Json]:
    return list(http.get(f"{MODEL}/versions{query}").raise_for_status().json()["data"])


def numbers(http: httpx.Client, query: str = "") -> list[int]:
    return [version["version"] for version in versions(http, query)]


def names(http: httpx.Client, query: str = "") -> list[str]:
    return [model["name"] for model in http.get(f"/v1/models{query}").json()["data"]]


def refused(http: httpx.Client, path: str) -> str:
    answer = http.delete(path)
    expect_problem(answer, 409, "conflict")
    return str(answer.json()["detail"])


def test_a_deleted_version_is_listed_apart_and_restored_as_it_was(http: httpx.Client) -> None:
    before = http.get(SECOND).json()
    assert before["bytes"] > 100
    for _ in range(2):  # whoever lost the answer may ask again
        assert http.delete(SECOND).status_code == 204
    assert numbers(http) == [3, 1]
    expect_problem(http.get(SECOND), 404, "model_not_found")
    assert http.get(SECOND).json()["detail"].endswith("It is in the trash; restore it.")
    [trashed] = versions(http, "?state=trashed")
    until = datetime.fromisoformat(trashed["trashed_until"])
    assert 7 * DAY_S - 30 < (until - datetime.now(UTC)).total_seconds() < 7 * DAY_S
    assert trashed == before | {"trashed_until": trashed["trashed_until"]}
    [model] = http.get("/v1/models?state=trashed").json()["data"]
    assert (model["versions"], model["champion"], model["total"]) == ([trashed], None, 1)
    restored = http.post(f"{SECOND}/restore")
    assert (restored.status_code, restored.json()) == (200, before)
    assert (numbers(http), names(http, "?state=trashed")) == ([3, 2, 1], [])


def test_a_copy_that_is_loaded_stops_to_answer_at_once(http: httpx.Client) -> None:
    assert answered_by(http, SECOND) == 2
    http.delete(SECOND)
    expect_problem(
        http.post(f"{SECOND}/predict", json={"rows": [[1, 0, 0, 0]]}), 404, "model_not_found"
    )
    http.post(f"{SECOND}/restore")
    assert answered_by(http, SECOND) == 2


def test_versions_come_a_page_at_a_time(http: httpx.Client) -> None:
    page = http.get(f"{MODEL}/versions?limit=2").json()
    assert ([each["version"] for each in page["data"]], page["next"]) == ([3, 2], "2")
    page = http.get(f"{MODEL}/versions?limit=2&after=2").json()
    assert ([each["version"] for each in page["data"]], page["next"]) == ([1], None)
    expect_problem(http.get("/v1/models/dogs/versions"), 404, "model_not_found")
    expect_problem(http.get(f"{MODEL}/versions?state=trashed"), 404, "model_not_found")


def test_what_an_alias_names_stays_and_the_refusal_says_what_to_do(http: httpx.Client) -> None:
    assert refused(http, f"{MODEL}/versions/1") == (
        "Expected a version that no alias names; version 1 of cats is champion. Promote another "
        "version first."
    )
    put(http, 2, "worst").raise_for_status()
    assert refused(http, SECOND).endswith(
        "version 2 of cats is worst. Have each alias name another version first, or delete it."
    )
    assert refused(http, MODEL).endswith(
        "cats has worst. Whoever asks by such a name would get no answer: delete these aliases "
        "first."
    )
    http.delete(f"{ALIASES}/worst")
    for path in (SECOND, f"{MODEL}/versions/3"):
        assert http.delete(path).status_code == 204
    assert refused(http, f"{MODEL}/versions/1").endswith(
        "It is the only one: delete the model cats itself."
    )


@pytest.mark.parametrize(("path", "need"), [(SECOND, "start_from"), (MODEL, "verifies")])
def test_what_a_job_needs_stays_until_that_is_over(
    http: httpx.Client, jobs: Transitions, path: str, need: str
) -> None:
    body: dict[str, Any] = {"dataset": "ds_1", "model": "dogs"}
    start = {"model": "cats", "version": 2}
    job = jobs.create(new_id("job"), {**body, need: start}).id
    jobs.create(new_id("job"), {**body, "start_from": {**start, "model": "cows"}})
    assert f"; {job} does. Cancel what needs it" in refused(http, path)
    jobs.cancel(job)
    assert http.delete(path).status_code == 204


def test_a_version_stays_while_its_own_job_is_not_over(
    http: httpx.Client, store: Store, jobs: Transitions
) -> None:
    job = jobs.create(new_id("job"), {"dataset": "ds_1", "model": "cats"})
    publish(store, "cats", 4, job=job.id)
    claimed = jobs.claim(job.id, "w", 10)
    assert job.id in refused(http, f"{MODEL}/versions/4")
    jobs.finish(claimed, State.SUCCEEDED)
    assert http.delete(f"{MODEL}/versions/4").status_code == 204


def test_a_model_goes_whole_and_comes_back_with_its_champion(
    http: httpx.Client, store: Store
) -> None:
    http.delete(f"{MODEL}/versions/3")
    before = http.get(MODEL).json()
    for _ in range(2):
        assert http.delete(MODEL).status_code == 204
    assert (names(http), names(http, "?state=trashed")) == ([], ["cats"])
    expect_problem(
        http.post(f"{MODEL}/predict", json={"rows": [[1, 0, 0, 0]]}), 404, "model_not_found"
    )
    expect_problem(http.post("/v1/predict", json={"rows": [[1, 0, 0, 0]]}), 404, "model_not_found")
    restored = http.post(f"{MODEL}/restore").raise_for_status().json()
    assert [each["version"] for each in restored["versions"]] == [2]
    assert http.get(MODEL).json() == before  # without the one that was deleted before
    told = [move["why"] for move in http.get(f"{CHAMPION}/history").json()["data"]]
    assert told[:2] == ["Its version was restored.", "Its model was deleted."]
    assert (answered_by(http), store.models.highest("cats")) == (1, 3)


def test_a_model_comes_back_with_how_its_champion_answers(http: httpx.Client) -> None:
    put(http, 1, threshold=0.3, unsure=False).raise_for_status()
    http.delete(MODEL).raise_for_status()
    http.post(f"{MODEL}/restore").raise_for_status()
    [champion] = http.get(ALIASES).json()["data"]
    assert champion["version"] == 1
    assert champion["operating_point"] == {"threshold": 0.3, "unsure": False}


def test_a_champion_that_came_meanwhile_stays_one(http: httpx.Client, store: Store) -> None:
    http.delete(MODEL)
    publish(store, "cats", store.models.highest("cats") + 1)
    put(http, 4).raise_for_status()
    http.post(f"{MODEL}/restore").raise_for_status()
    assert (numbers(http), answered_by(http)) == ([4, 3, 2, 1], 4)


def test_what_is_in_use_or_was_never_there_cannot_be_restored(http: httpx.Client) -> None:
    for path in (MODEL, SECOND):
        expect_problem(http.post(f"{path}/restore"), 409, "conflict")
    for path in ("/v1/models/dogs", f"{MODEL}/versions/9", "/v1/models/dogs/versions/1"):
        expect_problem(http.post(f"{path}/restore"), 404, "model_not_found")
        expect_problem(http.delete(path), 404, "model_not_found")


def test_without_redis_nothing_is_deleted(http: httpx.Client, client: Any) -> None:
    client.delete("purr:filled")
    expect_problem(http.delete(SECOND), 503, "queue_unavailable")
    assert answered_by(http, SECOND) == 2


class TestWithoutATrash:
    @pytest.fixture
    def changed(self) -> dict[str, Any]:
        return {"trash_days": 0}

    def test_what_is_deleted_goes_at_once_and_its_number_with_it(
        self, http: httpx.Client, store: Store
    ) -> None:
        for path in (f"{MODEL}/versions/3", MODEL):
            assert http.delete(path).status_code == 204
            expect_problem(http.delete(path), 404, "model_not_found")
        assert names(http, "?state=trashed") == []
        assert store.models.highest("cats") == 3
