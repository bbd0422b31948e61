"""What an answer names is found in the logs of the service that gave it."""

from pathlib import Path

import httpx
import pytest

from service.launcher.launcher import Launcher
from tests.conftest import Eventually
from tests.service.api import Api
from tests.worker.data.making import HDF5

SECRET = "no-business-of-a-log"
MOST_BYTES = 1024  # that a refused request may log


class Logs:
    """The lines of all processes' logs."""

    def __init__(self, folder: Path, eventually: Eventually) -> None:
        self._folder, self._eventually = folder, eventually

    def lines(self, *words: str) -> list[str]:
        """Those that hold all of these words, by file and in order."""
        files = sorted(self._folder.glob("*.log*"))
        lines = (line for path in files for line in path.read_text("utf-8", "replace").splitlines())
        return [line for line in lines if all(word in line for word in words)]

    def has(self, *words: str) -> None:
        """Waits until there is one: an answer is there a moment before its line."""
        self._eventually(lambda: self.lines(*words))


@pytest.fixture
def logs(launcher: Launcher, eventually: Eventually) -> Logs:
    return Logs(launcher.settings.data_dir / "logs", eventually)


def request_of(answer: httpx.Response) -> str:
    return answer.headers["x-request-id"]


def test_a_job_is_followed_from_its_request_to_its_end(api: Api, dataset: str, logs: Logs) -> None:
    answer = api.http.post("/v1/jobs", json={"dataset": dataset, "epochs": 1})
    job, request = answer.json()["id"], request_of(answer)
    logs.has(request, job, "is queued", "submitted")
    logs.has(request, "POST /v1/jobs 202")
    assert api.finished(job)["state"] == "succeeded"
    logs.has(job, "is running, attempt 1", "claimed")
    logs.has(job, "is succeeded, attempt 1", "done")


def test_an_import_is_followed_from_its_request_to_its_end(api: Api, logs: Logs) -> None:
    answer = api.http.post("/v1/datasets", content=HDF5)
    dataset, request = answer.json()["id"], request_of(answer)
    logs.has(request, dataset, "is queued", "submitted")
    rejected = api.poll(f"/v1/datasets/{dataset}", lambda body: body["state"] == "rejected")
    logs.has(dataset, "is failed, attempt 1", rejected["problem"]["code"])


def test_what_is_done_with_a_job_on_request_is_told_with_the_request(
    api: Api, dataset: str, logs: Logs
) -> None:
    job = api.submit(dataset=dataset, epochs=1_000_000, priority="low")["id"]
    asked = [api.http.post(f"/v1/jobs/{job}/{what}") for what in ("pause", "cancel")]
    assert api.finished(job)["state"] == "cancelled"
    for answer in asked:
        logs.has(request_of(answer), job)
    logs.has(job, "is cancelled")


REFUSALS = {
    "a spec": ("POST", "/v1/jobs", 422),
    "a parameter": ("GET", f"/v1/jobs?limit=0&{SECRET}=1", 422),
    "an id": ("GET", f"/v1/jobs/job_0?{SECRET}=1", 422),
    "a path": ("GET", f"/{'long' * 2_000}", 404),
    "a method": ("PUT", "/v1/jobs", 405),
}


@pytest.mark.parametrize(("method", "path", "status"), REFUSALS.values(), ids=REFUSALS)
def test_a_refusal_is_told_in_one_short_line_without_its_query(
    api: Api, logs: Logs, method: str, path: str, status: int
) -> None:
    answer = api.http.request(method, path, json={} if method == "POST" else None)
    problem = answer.json()
    assert answer.status_code == status
    logs.has(problem["request_id"], f" {status} {problem['code']} ")
    (line,) = logs.lines(problem["request_id"])
    assert len(line.encode()) <= MOST_BYTES
    assert not logs.lines(SECRET)
