"""What comes out of `GET /v1/jobs/{id}/logs`, as a page and as it goes on."""

from collections.abc import Iterator
from typing import Any

import httpx
import pytest
import redis

from service.launcher.valkey import Valkey
from service.settings import ServiceSettings
from tests.problems import expect_problem
from tests.service.api import Api
from tests.service.server_thread import serving
from tests.service.streaming.event_reader import ReceivedEvent, events_in, follow
from tests.service.working_job import WorkingJob
from worker.jobs.archiver import filed_event
from worker.jobs.record import State, new_id
from worker.store.record_archive import Archive

STREAM = {"accept": "text/event-stream"}


@pytest.fixture
def settings(valkey: Valkey, tmp_path: Any) -> ServiceSettings:
    return ServiceSettings(redis_url=valkey.url, data_dir=tmp_path, min_free_bytes=0, max_streams=3)


@pytest.fixture
def http(settings: ServiceSettings, client: redis.Redis) -> Iterator[httpx.Client]:
    with serving(settings) as (address, _), httpx.Client(base_url=address, timeout=10) as http:
        yield http


def line(message: str, level: str = "INFO") -> dict[str, Any]:
    return {"at": "2026-11-30T12:00:00.000+00:00", "level": level, "source": "worker.watch",
            "attempt": 1, "message": message}  # fmt: skip


@pytest.fixture
def job(working_job: WorkingJob) -> WorkingJob:
    """A job that has said two things."""
    working_job.tell({"epoch": 1})
    working_job.tell(line("one"), line("two", "WARNING"), event="log")
    return working_job


def messages(lines: list[dict[str, Any]]) -> list[str]:
    return [each["message"] for each in lines]


def followed(http: httpx.Client, job: str, **headers: str) -> Iterator[ReceivedEvent]:
    with http.stream("GET", f"/v1/jobs/{job}/logs", headers=STREAM | headers) as answer:
        assert answer.headers["content-type"].startswith("text/event-stream")
        assert answer.headers["vary"] == "Accept"
        yield from events_in(answer.iter_lines())


def test_a_page_has_what_was_said_and_every_state(http: httpx.Client, job: WorkingJob) -> None:
    answer = http.get(f"/v1/jobs/{job.id}/logs").json()
    assert answer["next"] is None
    assert messages(answer["data"]) == ["queued: submitted", "running: claimed", "one", "two"]
    assert [each["level"] for each in answer["data"]] == ["INFO", "INFO", "INFO", "WARNING"]
    assert [each["source"] for each in answer["data"]] == ["state"] * 2 + ["worker.watch"] * 2
    assert [each["attempt"] for each in answer["data"]] == [0, 1, 1, 1]


def test_a_failure_is_an_error(http: httpx.Client, job: WorkingJob) -> None:
    job.finish(state=State.FAILED)
    last = http.get(f"/v1/jobs/{job.id}/logs").json()["data"][-1]
    assert (last["level"], last["message"]) == ("ERROR", "failed: done")


@pytest.mark.parametrize("limit", [1, 2, 3, 4, 5])
def test_pages_follow_one_another(http: httpx.Client, job: WorkingJob, limit: int) -> None:
    found, query = [], {"limit": limit}
    while True:
        page = http.get(f"/v1/jobs/{job.id}/logs", params=query).json()
        assert len(page["data"]) <= limit
        found += page["data"]
        if page["next"] is None:
            break
        query["after"] = page["next"]
    assert messages(found) == ["queued: submitted", "running: claimed", "one", "two"]


def test_lines_come_as_events_to_the_end_of_the_job(http: httpx.Client, job: WorkingJob) -> None:
    stream = followed(http, job.id)
    assert messages([next(stream).data for _ in range(4)])[2:] == ["one", "two"]
    job.tell({"epoch": 2})
    job.tell(line("three"), event="log")
    told = next(stream)
    assert (told.event, told.data["message"], told.data["id"]) == ("log", "three", told.id)
    job.finish()
    assert [next(stream).event for _ in range(2)] == ["log", "done"]


def test_who_comes_back_gets_the_rest(http: httpx.Client, job: WorkingJob) -> None:
    job.finish()
    whole = list(followed(http, job.id))
    known = {"last-event-id": str(whole[2].id)}
    assert list(followed(http, job.id, **known)) == whole[3:]
    after = {"after": whole[2].id}
    rest = http.get(f"/v1/jobs/{job.id}/logs", params=after).json()["data"]
    assert rest == [each.data for each in whole[3:-1]]


def test_events_are_told_without_the_log(http: httpx.Client, job: WorkingJob) -> None:
    job.finish()
    names = [received.event for received in follow(http, job.id)]
    assert names == ["state", "state", "progress", "state", "done"]


def test_a_log_that_redis_has_no_more_is_in_the_store(
    http: httpx.Client, settings: ServiceSettings, job: WorkingJob, client: redis.Redis
) -> None:
    job.finish()
    before = http.get(f"/v1/jobs/{job.id}/logs").json()["data"]
    entries: Any = client.xrange(f"purr:job:{job.id}:events")
    events = [filed_event(*entry) for entry in entries]
    fields: Any = client.hgetall(f"purr:job:{job.id}")
    archive = Archive(settings.data_dir)
    archive.keep_request(job.id, {"body": {}})
    archive.file(job.id, fields, events)
    client.delete(f"purr:job:{job.id}:events")
    assert http.get(f"/v1/jobs/{job.id}/logs").json()["data"] == before
    assert [each.data for each in followed(http, job.id)][:-1] == before


@pytest.mark.parametrize("headers", [{}, STREAM])
def test_a_job_that_is_not_there_has_no_log(http: httpx.Client, headers: dict[str, str]) -> None:
    missing = http.get(f"/v1/jobs/{new_id('job')}/logs", headers=headers)
    expect_problem(missing, 404, "job_not_found")


@pytest.mark.parametrize("query", ["after=yesterday", "limit=0", "limit=101", "lines=3"])
def test_what_cannot_be_meant_is_refused(http: httpx.Client, job: WorkingJob, query: str) -> None:
    assert http.get(f"/v1/jobs/{job.id}/logs?{query}").status_code == 422


def test_following_counts_among_the_streams(http: httpx.Client, job: WorkingJob) -> None:
    streams = [followed(http, job.id) for _ in range(3)]
    for stream in streams:
        next(stream)
    expect_problem(http.get(f"/v1/jobs/{job.id}/logs", headers=STREAM), 429, "too_many_streams")
    assert http.get(f"/v1/jobs/{job.id}/logs").status_code == 200


# Of a real worker


def test_a_job_that_is_trained_says_what_it_does(api: Api, dataset: str) -> None:
    job = api.submit(dataset=dataset, epochs=3)["id"]
    lines = [received.data for received in followed(api.http, job)][:-1]
    said = messages(lines)
    assert said[:2] == ["queued: submitted", "running: claimed"]
    assert said[-1] == "succeeded: done"
    assert "computes on cpu, threads: 1" in said
    epochs = [text.partition(":")[0] for text in said if text.startswith("epoch ")]
    assert (epochs[0], epochs[-1]) == ("epoch 1 of 3", "epoch 3 of 3")
    assert api.http.get(f"/v1/jobs/{job}/logs").json() == {"data": lines, "next": None}
