"""Versions of datasets over HTTP, on the service alone: what is accepted is not made."""

import json
from pathlib import Path
from typing import Any

import httpx
import pytest
import redis

from tests.problems import expect_problem
from tests.service.conftest import MANIFEST
from tests.service.wait import wait_until
from tests.worker.working import at_once
from worker.jobs.fill_mark import FILLED
from worker.jobs.record import State, new_id
from worker.jobs.transitions import Transitions
from worker.jsontypes import Json
from worker.store.store import Store

NOBODY = "ds_" + "0" * 32
DROP = {"drop": [{"split": "train", "row": 1}]}


def made(http: httpx.Client, dataset: str, **edits: Any) -> httpx.Response:
    return http.post(f"/v1/datasets/{dataset}/versions", json=edits)


def test_a_version_is_accepted_once_it_is_on_disk(
    http: httpx.Client, known: str, root: Path
) -> None:
    answer = made(http, known, **DROP)
    body = answer.json()
    assert answer.status_code == 202
    assert answer.headers["location"] == f"/v1/datasets/{body['id']}"
    about = ("name", "state", "parent", "version", "edits")
    assert [body[name] for name in about] == ["pictures", "importing", known, 2, DROP]
    kept = json.loads((root / "imports" / body["id"] / "request.json").read_text())
    assert kept["body"].items() >= {"parent": known, "root": known, "version": 2}.items()
    assert http.get(f"/v1/datasets/{body['id']}").json() == body


def test_how_far_it_is_is_said_while_a_worker_has_it(
    http: httpx.Client, known: str, datasets: Transitions
) -> None:
    version = made(http, known, **DROP).json()["id"]
    now = {"phase": "checking", "done": 5, "total": 8, "percent": 62.5, "eta_s": 0.4}

    def told() -> list[Json | None]:
        shown = http.get(f"/v1/datasets/{version}").json()
        (listed,) = [d for d in http.get("/v1/datasets").json()["data"] if d["id"] == version]
        return [shown["progress"], listed["progress"]]

    assert told() == [None, None]
    mine = datasets.claim(version, "w", 10)
    assert told() == [None, None]
    mine = datasets.renew(mine, 10, {"progress": now})
    assert told() == [now, now]
    datasets.give_back(mine, "preempted", {"progress": now})
    assert told() == [None, None]
    datasets.finish(datasets.claim(version, "w", 10), State.SUCCEEDED, {"result": MANIFEST})
    assert told() == [None, None]


def test_the_same_asked_again_is_the_same_version(http: httpx.Client, known: str) -> None:
    rows = [{"split": "train", "row": number} for number in (2, 1)]
    first = made(http, known, drop=rows)
    again = made(http, known, drop=rows[::-1], relabel=[], cleaned=False)
    assert (first.status_code, again.status_code) == (202, 200)
    assert again.json() == first.json()
    assert again.headers["location"] == first.headers["location"]
    other = made(http, known, **DROP)
    assert (other.status_code, other.json()["version"]) == (202, 3)


def test_the_same_asked_at_once_is_one_version(http: httpx.Client, known: str) -> None:
    answers = at_once(*[lambda: made(http, known, **DROP)] * 8)
    assert {answer.status_code for answer in answers} <= {200, 202}
    assert len({answer.json()["id"] for answer in answers}) == 1
    assert len(http.get("/v1/datasets").json()["data"]) == 2


@pytest.mark.parametrize("state", [State.FAILED, State.CANCELLED])
def test_what_came_to_nothing_is_made_again(
    http: httpx.Client, known: str, datasets: Transitions, state: State
) -> None:
    first = made(http, known, **DROP).json()
    if state is State.CANCELLED:
        http.post(f"/v1/datasets/{first['id']}/cancel")
    else:
        datasets.finish(datasets.claim(first["id"], "w", 10), state, {})
    again = made(http, known, **DROP)
    assert (again.status_code, again.json()["version"]) == (202, 3)
    assert again.json()["id"] != first["id"]


def test_a_version_of_a_version_is_of_the_same_family(
    http: httpx.Client, known: str, datasets: Transitions
) -> None:
    second = made(http, known, **DROP).json()["id"]
    expect_problem(made(http, second, **DROP), 409, "dataset_not_ready")
    datasets.finish(datasets.claim(second, "w", 10), State.SUCCEEDED, {"result": MANIFEST})
    third = made(http, second, **DROP).json()
    assert (third["parent"], third["version"]) == (second, 3)
    for each in (known, second, third["id"]):
        listed = http.get(f"/v1/datasets/{each}/versions").json()
        assert [one["id"] for one in listed["data"]] == [third["id"], second, known]
        assert [one["version"] for one in listed["data"]] == [3, 2, 1]
        assert listed["next"] is None
    page = http.get(f"/v1/datasets/{known}/versions?limit=2").json()
    assert [one["version"] for one in page["data"]] == [3, 2]
    rest = http.get(f"/v1/datasets/{known}/versions?after={page['next']}").json()
    assert [one["version"] for one in rest["data"]] == [1]


@pytest.mark.parametrize(
    ("edits", "pointer"),
    [
        ({"drop": [{"split": "train", "row": 4}]}, "/drop/0/row"),
        ({"drop": [{"split": "nowhere", "row": 1}]}, "/drop/0/split"),
        ({"relabel": [{"split": "train", "row": 1, "label": "hen"}]}, "/relabel/0/label"),
        ({"rename_class": {"cat": "other"}}, "/rename_class/cat"),
        ({"cleaned": True}, "/cleaned"),
        ({"add": NOBODY}, "/add"),
        ({"add": "x"}, "/add"),
        ({"dropped": []}, "/dropped"),
        ({"resplit": {"test_fraction": 2}}, "/resplit/test_fraction"),
    ],
)
def test_what_cannot_be_made_is_refused_with_its_place(
    http: httpx.Client, known: str, edits: Json, pointer: str
) -> None:
    expect_problem(made(http, known, **edits), 422, "invalid_parameter", pointer)
    assert len(http.get(f"/v1/datasets/{known}/versions").json()["data"]) == 1


def test_nothing_to_do_is_refused(http: httpx.Client, known: str) -> None:
    expect_problem(made(http, known), 422, "invalid_parameter")


def test_what_is_not_there_or_not_ready_is_refused(
    http: httpx.Client, known: str, datasets: Transitions
) -> None:
    importing = datasets.create(new_id("ds"), {"name": "pictures"}).id
    for path in ("versions", "split.csv", f"diff?to={known}"):
        expect_problem(http.get(f"/v1/datasets/{NOBODY}/{path}"), 404, "dataset_not_found")
    expect_problem(made(http, NOBODY, **DROP), 404, "dataset_not_found")
    expect_problem(made(http, importing, **DROP), 409, "dataset_not_ready")
    expect_problem(made(http, known, add=importing), 409, "dataset_not_ready")
    expect_problem(http.get(f"/v1/datasets/{importing}/split.csv"), 409, "dataset_not_ready")
    compared = http.get(f"/v1/datasets/{known}/diff?to={importing}")
    expect_problem(compared, 409, "dataset_not_ready")
    expect_problem(http.get(f"/v1/datasets/{known}/diff?to={NOBODY}"), 404, "dataset_not_found")
    expect_problem(http.get(f"/v1/datasets/{known}/diff"), 422, "invalid_parameter")


def test_a_dataset_stays_while_a_version_of_it_is_made(http: httpx.Client, known: str) -> None:
    version = made(http, known, **DROP).json()["id"]
    refused = http.delete(f"/v1/datasets/{known}")
    expect_problem(refused, 409, "conflict")
    assert version in refused.json()["detail"]
    http.post(f"/v1/datasets/{version}/cancel")
    assert http.delete(f"/v1/datasets/{known}").status_code == 204


def test_what_is_in_the_trash_is_no_version_and_is_edited_by_nobody(
    http: httpx.Client, known: str
) -> None:
    first = made(http, known, **DROP).json()["id"]
    http.post(f"/v1/datasets/{first}/cancel")
    http.delete(f"/v1/datasets/{first}")
    again = made(http, known, **DROP)
    assert (again.status_code, again.json()["id"] != first) == (202, True)
    listed = http.get(f"/v1/datasets/{known}/versions").json()["data"]
    assert [one["id"] for one in listed] == [again.json()["id"], known]
    http.post(f"/v1/datasets/{again.json()['id']}/cancel")
    assert http.delete(f"/v1/datasets/{known}").status_code == 204
    refused = http.post(f"/v1/datasets/{known}/versions", json={"drop": DROP["drop"]})
    expect_problem(refused, 409, "dataset_not_ready")
    assert "in the trash" in refused.json()["detail"]


@pytest.mark.parametrize("changed", [{"trash_days": 0}])
def test_of_a_family_that_is_deleted_nothing_is_left(
    http: httpx.Client, known: str, root: Path
) -> None:
    version = made(http, known, **DROP).json()["id"]
    http.post(f"/v1/datasets/{version}/cancel")
    assert http.delete(f"/v1/datasets/{known}").status_code == 204
    listed = http.get(f"/v1/datasets/{version}/versions").json()["data"]
    assert [one["id"] for one in listed] == [version]
    assert http.delete(f"/v1/datasets/{version}").status_code == 204
    assert [*root.rglob("*ds_*")] == []


def test_a_version_survives_a_wiped_redis_and_is_not_made_twice(
    http: httpx.Client, known: str, datasets: Transitions, client: redis.Redis, root: Path
) -> None:
    store = Store(root)
    store.archive.keep_request(known, {"body": {"name": "pictures"}})
    fields: Any = client.hgetall(f"purr:ds:{known}")
    store.archive.file(known, fields, [])
    first = made(http, known, **DROP).json()
    client.flushall()
    wait_until(lambda: client.exists(FILLED))
    again = made(http, known, **DROP)
    assert (again.status_code, again.json()["id"]) == (200, first["id"])
    assert again.json()["edits"] == DROP
