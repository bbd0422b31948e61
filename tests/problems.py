"""The one shape of every error."""

import re

import httpx


def expect_problem(answer: httpx.Response, status: int, code: str, *pointers: str) -> None:
    """Assert all of a problem: number, code, form, and which fields are named as wrong."""
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    body = answer.json()
    assert body["code"] == code
    assert body["status"] == status
    assert body["type"] == f"/problems/{code.replace('_', '-')}"
    assert body["title"]
    assert re.search(r"[.)…]$", body["detail"]), body["detail"]
    assert body["request_id"] == answer.headers["x-request-id"]
    if pointers:
        assert [fault.get("pointer") for fault in body["errors"]] == list(pointers)
