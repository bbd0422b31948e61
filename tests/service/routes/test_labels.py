"""Notes and tags of jobs, datasets and models over HTTP."""

from pathlib import Path

import httpx
import pytest
import redis

from tests.problems import expect_problem
from tests.service.wait import wait_until
from worker.jobs.fill_mark import FILLED
from worker.jsontypes import Json
from worker.store.record_archive import Archive

MODEL = "/v1/models/cats"
LABELS = {"notes": "Photos of May,\nnot of June. é", "tags": ["a.b", "small"]}


@pytest.fixture
def stored(known: str, root: Path) -> str:
    """A dataset of which the store knows too."""
    Archive(root).keep_request(known, {"body": {"name": "pictures"}})
    return known


def labels(http: httpx.Client, path: str) -> Json:
    found = http.get(path).raise_for_status().json()
    return {name: found[name] for name in LABELS}


def tagged(http: httpx.Client, query: str) -> list[str]:
    found = http.get(f"/v1/{query}").raise_for_status().json()["data"]
    return [each.get("id") or each["name"] for each in found]


@pytest.mark.usefixtures("store")
def test_they_are_set_changed_and_taken_away_in_the_same_way(
    http: httpx.Client, stored: str
) -> None:
    body = {"dataset": stored, "model": "cats"}
    job = http.post("/v1/jobs", json=body).raise_for_status().json()["id"]
    for path in (f"/v1/jobs/{job}", f"/v1/datasets/{stored}", MODEL):
        assert labels(http, path) == {"notes": "", "tags": []}
        answer = http.patch(path, json={**LABELS, "tags": ["small", "a.b", "small"]})
        assert answer.raise_for_status().json().items() >= LABELS.items()
        assert labels(http, path) == LABELS
        http.patch(path, json={"tags": None}).raise_for_status()
        assert labels(http, path) == {**LABELS, "tags": []}
        kind = {"Content-Type": "application/merge-patch+json"}
        http.patch(path, content='{"notes": "x", "tags": ["y"]}', headers=kind).raise_for_status()
        assert labels(http, path) == {"notes": "x", "tags": ["y"]}
        collection, _, last = path.removeprefix("/v1/").rpartition("/")
        assert tagged(http, f"{collection}?tag=y") == [last]
        assert tagged(http, f"{collection}?tag=small") == []


def test_those_with_which_something_is_made_are_its_own_until_others_are_set(
    http: httpx.Client, known: str
) -> None:
    made = http.post("/v1/jobs", json={"dataset": known, **LABELS}).json()
    assert made.items() >= LABELS.items()
    path = f"/v1/jobs/{made['id']}"
    patched = http.patch(path, json={"tags": ["new"]}).json()
    assert (patched["notes"], patched["tags"]) == (LABELS["notes"], ["new"])
    assert patched["spec"] == made["spec"]
    assert (tagged(http, "jobs?tag=small"), tagged(http, "jobs?tag=new")) == ([], [made["id"]])
    parts = [("file", ("a.csv", b"a,label\n1,x\n2,y\n"))]
    made = http.post("/v1/datasets?notes=Mine&tag=b&tag=a", files=parts).raise_for_status().json()
    assert (made["notes"], made["tags"]) == ("Mine", ["a", "b"])
    assert tagged(http, "datasets?tag=a&tag=b") == [made["id"]]


def test_they_survive_a_wipe_of_redis(
    http: httpx.Client, client: redis.Redis, job: str, known: str, root: Path
) -> None:
    Archive(root).keep_request(known, {"body": {"name": "pictures", "tags": ["born"]}})
    http.patch(f"/v1/jobs/{job}", json=LABELS).raise_for_status()
    client.flushall()
    wait_until(lambda: client.exists(FILLED))
    assert labels(http, f"/v1/jobs/{job}") == LABELS
    assert tagged(http, "jobs?tag=small&model=cats") == [job]
    assert tagged(http, "datasets?tag=born") == [known]


def test_who_has_seen_another_job_changes_nothing(http: httpx.Client, job: str) -> None:
    path = f"/v1/jobs/{job}"
    seen = {"If-Match": http.get(path).headers["etag"]}
    http.patch(path, json={"notes": "x"}, headers=seen).raise_for_status()
    expect_problem(http.patch(path, json=LABELS, headers=seen), 412, "precondition_failed")
    assert labels(http, path)["notes"] == "x"
    http.patch(path, json={"notes": "y"}, headers={"If-Match": "*"}).raise_for_status()


@pytest.mark.usefixtures("store")
@pytest.mark.parametrize(
    ("body", "pointer"),
    [
        ({"tags": ["Ä"]}, "/tags/0"),
        ({"tags": ["x" * 65]}, "/tags/0"),
        ({"tags": [f"t{n}" for n in range(17)]}, "/tags"),
        ({"tags": "small"}, "/tags"),
        ({"notes": "x" * 4001}, "/notes"),
        ({"notes": 1}, "/notes"),
        ({"note": "x"}, "/note"),
    ],
)
def test_what_is_none_is_named(http: httpx.Client, body: Json, pointer: str) -> None:
    expect_problem(http.patch(MODEL, json=body), 422, "invalid_parameter", pointer)
    assert labels(http, MODEL) == {"notes": "", "tags": []}


def test_what_is_not_there_has_none(http: httpx.Client) -> None:
    for path, code in (
        (f"/v1/jobs/job_{0:032x}", "job_not_found"),
        (f"/v1/datasets/ds_{0:032x}", "dataset_not_found"),
        ("/v1/models/nobody", "model_not_found"),
        ("/v1/models/..%2Fcats", "not_found"),
    ):
        expect_problem(http.patch(path, json=LABELS), 404, code)
