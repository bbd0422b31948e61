"""`GET /v1/usage` and `GET /v1/retention`: what takes the room, what is left, and what would go."""

from pathlib import Path

import httpx

from service.schemas.retention import SHOWN, Retention
from tests.worker.store.backup.conftest import write
from worker.operations.retention import Due
from worker.operations.retention_policy import Policy, Rule
from worker.settings import KEPT
from worker.store.usage import MEANINGS


def test_it_says_what_takes_the_room(http: httpx.Client, root: Path) -> None:
    before = http.get("/v1/usage").raise_for_status().json()
    assert [kind["kind"] for kind in before["kinds"]] == [*MEANINGS]
    assert (before["reserve_bytes"], before["max_bytes"]) == (0, 0)
    assert before["free_bytes"] > 0
    write(root, "datasets/ds_1/a", "x" * 100)
    again = http.get("/v1/usage").json()
    assert again["counted_at"] == before["counted_at"]  # once a minute is enough


def test_nothing_goes_unless_it_is_said(http: httpx.Client) -> None:
    found = http.get("/v1/retention").raise_for_status().json()
    assert found["due"] == []
    assert [kind["kind"] for kind in found["kinds"]] == [*KEPT]
    assert {(kind["days"], kind["newest"], kind["due"]) for kind in found["kinds"]} == {(0, 0, 0)}


def test_all_that_would_go_is_counted_and_the_first_are_named() -> None:
    policy = Policy(metrics=Rule(days=7), jobs=Rule(newest=3))
    due = [
        Due("jobs", "job_0", 5, "old"),
        *(Due("metrics", f"job_{n}", 2, "old") for n in range(200)),
    ]
    told = Retention.of(policy, due)
    assert [
        (kind.kind, kind.days, kind.newest, kind.due, kind.due_bytes) for kind in told.kinds
    ] == [
        ("jobs", 0, 3, 1, 5),
        ("checkpoints", 0, 0, 0, 0),
        ("metrics", 7, 0, 200, 400),
        ("events", 0, 0, 0, 0),
        ("originals", 0, 0, 0, 0),
    ]
    assert [each.id for each in told.due] == ["job_0", *(f"job_{n}" for n in range(SHOWN - 1))]
