"""The audit log through the front door: who, what, when, from where, and what became of it."""

import json
from pathlib import Path
from typing import Any

import httpx
import pytest
import redis

from service.access.auditing import MOST_REFUSALS
from tests.problems import expect_problem
from tests.service.access.conftest import FIRST_KEY, READ_KEY, Make, shows
from worker.errors import StoreFull
from worker.store.audit_log import AuditLog


def audit(http: httpx.Client, kind: str = "changes", **query: Any) -> list[dict[str, Any]]:
    answer = http.get("/v1/audit", params={"kind": kind, **query}, headers=shows(FIRST_KEY))
    assert answer.status_code == 200, answer.text
    return answer.json()["data"]  # type: ignore[no-any-return]


def test_what_changes_something_is_written_down_with_who_and_what_came_of_it(
    http: httpx.Client, make: Make
) -> None:
    made = make("train", name="the trainer")
    asked = http.post("/v1/jobs?x=secret", headers=shows(made["key"]), json={"dataset": "ds_1"})
    job, creation = audit(http)
    assert (job["who"], job["name"]) == (made["id"], "the trainer")
    assert (job["method"], job["path"]) == ("POST", "/v1/jobs")
    assert (job["status"], job["code"]) == (asked.status_code, "invalid_parameter")
    assert job["request_id"] == asked.headers["x-request-id"]
    assert job["from"] == "127.0.0.1"
    assert (creation["who"], creation["path"], creation["status"]) == (
        "PURR_API_KEY", "/v1/keys", 201,
    )  # fmt: skip
    assert job["at"] > creation["at"]


def test_what_only_looks_or_asks_is_not(http: httpx.Client, make: Make) -> None:
    key = shows(make("read", "predict")["key"])
    http.get("/v1/jobs", headers=key)
    http.post("/v1/jobs/estimate", headers=key, json={})
    http.post("/v1/models/cats/predict", headers=key, json={})
    http.get("/livez")
    http.get("/nowhere", headers=key)
    assert [entry["path"] for entry in audit(http)] == ["/v1/keys"]
    assert audit(http, "refusals") == []


def test_refused_keys_are_written_down_apart_and_without_them(
    http: httpx.Client, make: Make, root: Path
) -> None:
    key = make("predict")
    forged = key["key"][:-1] + ("0" if key["key"][-1] != "0" else "1")
    http.get("/v1/jobs", headers=shows(forged))
    http.get("/v1/jobs", headers=shows("guess-me-if-you-can"))
    http.get("/v1/jobs", headers=shows(key["key"]))
    http.post("/v1/jobs", headers=shows(READ_KEY))
    http.post("/page/session", json={"key": "guess-me-if-you-can"})
    told = [(e["who"], e["claimed"], e["path"], e["code"]) for e in audit(http, "refusals")]
    assert told == [
        ("", "", "/page/session", "unauthenticated"),
        ("PURR_READ_KEY", "", "/v1/jobs", "read_only_key"),
        (key["id"], "", "/v1/jobs", "missing_scope"),
        ("", "", "/v1/jobs", "unauthenticated"),
        ("", key["id"], "/v1/jobs", "unauthenticated"),
    ]
    written = b"".join(path.read_bytes() for path in (root / "audit").iterdir())
    for secret in (forged, forged.rpartition("_")[2], "guess-me", FIRST_KEY, READ_KEY):
        assert secret.encode() not in written


def test_a_flood_of_wrong_keys_is_counted_and_not_written_down(
    http: httpx.Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    for _ in range(MOST_REFUSALS + 5):
        http.get("/v1/jobs", headers=shows("wrong"))
    assert len(audit(http, "refusals", limit=100)) == MOST_REFUSALS
    monkeypatch.setattr("service.access.auditing.A_MINUTE_S", 0)
    http.get("/v1/jobs", headers=shows("wrong"))
    assert audit(http, "refusals")[0]["left_out"] == 5


def test_it_is_for_admins(http: httpx.Client, make: Make) -> None:
    for key in (make("read", "train", "predict")["key"], READ_KEY):
        expect_problem(http.get("/v1/audit", headers=shows(key)), 403, "missing_scope")
    assert http.get("/v1/audit", headers=shows(make("admin")["key"])).status_code == 200
    for wrong in ({"kind": "all"}, {"after": "x"}, {"limit": 0}):
        answer = http.get("/v1/audit", params=wrong, headers=shows(FIRST_KEY))
        expect_problem(answer, 422, "invalid_parameter")


def test_a_path_is_data_in_one_line(http: httpx.Client, root: Path) -> None:
    odd = '/v1/models/%0A{"who":"admin"}'
    http.delete(odd, headers=shows(FIRST_KEY))
    (entry,) = audit(http)
    assert entry["who"] == "PURR_API_KEY"
    assert "\n" not in entry["path"]
    (path,) = (root / "audit").glob("changes.*")
    assert [json.loads(line)["method"] for line in path.read_bytes().splitlines()] == ["DELETE"]


def test_what_a_tool_changes_is_of_whoever_called_it(http: httpx.Client, make: Make) -> None:
    made = make("train")
    call = {"name": "cancel_job", "arguments": {"job_id": f"job_{32 * '0'}"}}
    body = {"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": call}
    kinds = {"accept": "application/json, text/event-stream", "mcp-protocol-version": "2025-06-18"}
    forwarded = {"x-forwarded-for": "unknown"}  # what a proxy says that knows no address
    headers = {**shows(made["key"]), **kinds, **forwarded}
    assert http.post("/mcp", json=body, headers=headers).status_code == 200
    entry = audit(http)[0]
    assert (entry["who"], entry["from"]) == (made["id"], "unknown")
    assert entry["path"] == f"/v1/jobs/job_{32 * '0'}/cancel"
    assert entry["status"] == 404


def test_a_log_that_cannot_be_written_stops_nobody_and_is_told(
    http: httpx.Client,
    make: Make,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
    client: redis.Redis,
) -> None:
    def full(*_: object) -> None:
        raise StoreFull("full")

    monkeypatch.setattr(AuditLog, "add", full)
    made = make("read")
    assert "cannot be written to the audit log" in caplog.text
    assert made["key"] not in caplog.text
    assert client.exists(f"purr:key:{made['id']}")
