"""`ETag`: a job is sent to those who do not know it."""

from typing import Any

import httpx
import pytest

from tests.problems import expect_problem
from tests.service.working_job import PROGRESS, claimed
from worker.jobs.transitions import Transitions


def test_what_has_not_changed_is_not_sent_again(http: httpx.Client, job: str) -> None:
    first = http.get(f"/v1/jobs/{job}")
    tag = first.headers["etag"]
    assert first.headers["cache-control"] == "no-cache"
    for shown in (tag, f"W/{tag}", f'"other", {tag}', f"{tag},W/{tag}", "*"):
        again = http.get(f"/v1/jobs/{job}", headers={"If-None-Match": shown})
        assert (again.status_code, again.content) == (304, b"")
        assert again.headers["etag"] == tag
        assert "content-type" not in again.headers


def test_what_has_changed_is_sent_with_another_tag(
    http: httpx.Client, jobs: Transitions, job: str
) -> None:
    tags: list[str] = []

    def look() -> dict[str, Any]:
        headers = {"If-None-Match": ", ".join(tags)} if tags else {}
        answer = http.get(f"/v1/jobs/{job}", headers=headers)
        assert answer.status_code == 200
        tags.append(answer.headers["etag"])
        return answer.json()  # type: ignore[no-any-return]

    look()
    mine = claimed(jobs, job)
    assert look()["state"] == "running"
    mine = jobs.renew(mine, 60, {"progress": PROGRESS})
    assert look()["progress"] == {**PROGRESS, "repeat": None, "fold": None}
    jobs.pause(job)
    assert look()["requested"] == "pause"
    jobs.give_back(mine, "paused")
    assert look()["state"] == "paused"
    assert len(set(tags)) == 5


def test_another_job_has_another_tag(http: httpx.Client, known: str, job: str) -> None:
    other = http.post("/v1/jobs", json={"dataset": known, "model": "cats"}).json()["id"]
    tags = {http.get(f"/v1/jobs/{one}").headers["etag"] for one in (job, other)}
    assert len(tags) == 2


@pytest.mark.parametrize("shown", ["", "nonsense", '"', '""', "W/", ",,,"])
def test_a_tag_that_is_none_is_no_tag(http: httpx.Client, job: str, shown: str) -> None:
    answer = http.get(f"/v1/jobs/{job}", headers={"If-None-Match": shown})
    assert (answer.status_code, answer.json()["id"]) == (200, job)


def test_a_tag_of_a_job_that_is_gone_is_404(http: httpx.Client) -> None:
    answer = http.get("/v1/jobs/job_" + "0" * 32, headers={"If-None-Match": "*"})
    expect_problem(answer, 404, "job_not_found")
