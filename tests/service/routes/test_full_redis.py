"""A Redis whose memory is used up: nothing new, a plain answer, and what is there goes on."""

from collections.abc import Callable, Iterator
from pathlib import Path

import httpx
import pytest
import redis

from tests.problems import expect_problem
from worker.errors import QueueFull
from worker.jobs import redis_records
from worker.jobs.record import State
from worker.jobs.transitions import Transitions

Use = Callable[[float], None]


@pytest.fixture
def use(client: redis.Redis, monkeypatch: pytest.MonkeyPatch) -> Iterator[Use]:
    """Says what share of its memory Redis has used."""
    monkeypatch.setattr(redis_records, "ROOM_S", 0)

    def use(share: float) -> None:
        client.config_set("maxmemory", int(client.info("memory")["used_memory"] / share))

    yield use
    client.config_set("maxmemory", 0)


def submit(http: httpx.Client, known: str) -> httpx.Response:
    return http.post("/v1/jobs", json={"dataset": known, "model": "cats"})


def upload(http: httpx.Client) -> httpx.Response:
    return http.post("/v1/datasets", files=[("file", ("a.h5", b"\x89HDF\r\n\x1a\n"))])


def left(root: Path) -> list[Path]:
    return [*root.glob("jobs/*"), *root.glob("imports/*"), *root.glob("uploads/*")]


@pytest.mark.parametrize("share", [0.95, 1.2])
def test_nothing_new_is_taken_and_nothing_of_it_stays(
    http: httpx.Client, known: str, root: Path, use: Use, share: float
) -> None:
    use(share)
    for answer in (submit(http, known), upload(http)):
        expect_problem(answer, 507, "queue_full")
        assert answer.headers["retry-after"]
    assert left(root) == []
    assert http.get("/v1/jobs").json()["data"] == []
    assert http.get(f"/v1/datasets/{known}").json()["state"] == "ready"
    use(0.5)
    assert submit(http, known).status_code == upload(http).status_code == 202


def test_who_works_already_goes_on_in_what_is_kept_for_that(
    http: httpx.Client, known: str, use: Use, jobs: Transitions
) -> None:
    job = submit(http, known).json()["id"]
    mine = jobs.claim(job, "w", 10)
    use(0.95)
    expect_problem(submit(http, known), 507, "queue_full")
    mine = jobs.renew(mine, 10, {"progress": None})
    assert http.post(f"/v1/jobs/{job}/stop").json()["requested"] == "stop"
    jobs.finish(mine, State.FAILED, {"problem": {"code": "diverged", "detail": "x"}})
    assert http.get(f"/v1/jobs/{job}").json()["state"] == "failed"


def test_at_the_very_end_a_refused_write_has_changed_nothing(
    http: httpx.Client, known: str, use: Use, jobs: Transitions
) -> None:
    job = submit(http, known).json()["id"]
    mine = jobs.claim(job, "w", 10)
    use(1.2)
    with pytest.raises(QueueFull):
        jobs.finish(mine, State.FAILED, {"problem": {"code": "diverged", "detail": "x"}})
    assert jobs.get(job) == mine
    expect_problem(http.post(f"/v1/jobs/{job}/cancel"), 507, "queue_full")
    assert jobs.get(job).requested == ""
