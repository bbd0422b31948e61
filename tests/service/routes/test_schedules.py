"""Schedules over HTTP; no worker takes their jobs here."""

import shutil
from pathlib import Path

import httpx
import pytest

from tests.problems import expect_problem
from tests.service.wait import wait_until
from worker.jsontypes import Json

NIGHTLY: Json = {"cron": "0 3 * * *", "time_zone": "Europe/Berlin"}


def asked(dataset: str, **changes: object) -> Json:
    spec = {"dataset": dataset, "model": "cats", "recipe": "classic"}
    return {"spec": spec, "when": NIGHTLY, **changes}


@pytest.fixture
def schedule(http: httpx.Client, known: str) -> str:
    return str(http.post("/v1/schedules", json=asked(known)).json()["id"])


def test_a_schedule_as_it_stands(http: httpx.Client, known: str) -> None:
    answer = http.post("/v1/schedules", json=asked(known))
    made = answer.json()
    assert (answer.status_code, made["state"], made["firings"]) == (201, "active", [])
    assert answer.headers["Location"] == f"/v1/schedules/{made['id']}"
    assert (made["dataset"], made["start"], made["skipped"]) == ("newest", "champion", 0)
    assert made["next_at"][-9:] in ("02:00:00Z", "01:00:00Z")  # 3:00 in winter, and in summer
    assert http.get(f"/v1/schedules/{made['id']}").json() == made
    assert http.get("/v1/schedules").json() == {"data": [made], "next": None}


def test_it_is_paused_resumed_and_deleted(http: httpx.Client, schedule: str) -> None:
    path = f"/v1/schedules/{schedule}"
    paused = http.post(f"{path}/pause").json()
    assert (paused["state"], paused["next_at"]) == ("paused", None)
    assert http.post(f"{path}/resume").json()["state"] == "active"
    assert http.delete(path).status_code == 204
    for answer in (http.get(path), http.delete(path), http.post(f"{path}/pause")):
        expect_problem(answer, 404, "schedule_not_found")


def test_the_same_key_is_the_same_schedule(http: httpx.Client, known: str) -> None:
    headers = {"Idempotency-Key": "once"}
    first, second = (http.post("/v1/schedules", json=asked(known), headers=headers) for _ in "12")
    assert first.json()["id"] == second.json()["id"]


@pytest.mark.parametrize("changed", [{"lease_s": 1.0}])
def test_its_job_names_it(http: httpx.Client, known: str, schedule: str, root: Path) -> None:
    # As if it had been accepted a day and a night ago.
    request = root / "schedules" / schedule / "request.json"
    said = request.read_text()
    before, _, rest = said.partition('"since_ms": ')
    number = rest.rstrip("}")
    request.write_text(f'{before}"since_ms": {int(number) - 2 * 86_400_000}}}')

    def jobs() -> list[Json]:
        found = http.get("/v1/jobs", params={"schedule": schedule}).json()["data"]
        return list(found)

    wait_until(jobs)
    (job,) = jobs()
    (firing,) = http.get(f"/v1/schedules/{schedule}").json()["firings"]
    assert (firing["job"], firing["state"], firing["skipped"]) == (job["id"], "queued", 1)
    assert job["made_by"] == {"schedule": schedule, "due_at": firing["due_at"]}
    assert job["spec"]["schedule"]["kind"] == "constant"
    assert "made_by" not in job["spec"]
    again = http.post(f"/v1/jobs/{job['id']}/retry", json={}).json()
    assert again["made_by"] is None


BAD: list[tuple[Json, str, str]] = [
    ({"when": {"cron": "every night"}}, "/when/cron", "5 fields"),
    ({"starts": "champion"}, "/starts", "did you mean /start?"),
    ({"spec": {"dataset": "ds_" + "0" * 32}}, "/spec/dataset", "Upload one first"),
]


@pytest.mark.parametrize(("changes", "place", "words"), BAD)
def test_bad_ones_are_refused_at_their_place(
    http: httpx.Client, known: str, changes: Json, place: str, words: str
) -> None:
    spec = {**asked(known)["spec"], **changes.get("spec", {})}
    answer = http.post("/v1/schedules", json={**asked(known), **changes, "spec": spec})
    expect_problem(answer, 422, "invalid_parameter")
    assert words in answer.text
    assert place in [fault["pointer"] for fault in answer.json()["errors"]]
    assert http.get("/v1/schedules").json()["data"] == []


def test_a_folder_that_is_gone_is_a_schedule_that_is_not_there(
    http: httpx.Client, schedule: str, root: Path
) -> None:
    shutil.rmtree(root / "schedules" / schedule)
    expect_problem(http.get(f"/v1/schedules/{schedule}"), 404, "schedule_not_found")
