"""What comes out of `GET /v1/jobs/{id}/events`, from the service alone and a real Valkey."""

import json
import time
from collections.abc import Iterator
from itertools import islice
from pathlib import Path

import httpx
import pytest
import redis

from service.launcher.valkey import Valkey
from service.settings import ServiceSettings
from tests.problems import expect_problem
from tests.service.api import Api
from tests.service.server_thread import serving
from tests.service.streaming.event_reader import ReceivedEvent, follow
from tests.service.wait import wait_until
from tests.service.working_job import WorkingJob
from worker.jobs.record import State, new_id
from worker.jobs.transitions import Transitions, open_records
from worker.store.record_archive import Archive

MAX_STREAMS = 3
EXPIRED = "1000-0", "1000-1", "1001-0"


@pytest.fixture
def settings(valkey: Valkey, tmp_path: Path) -> ServiceSettings:
    return ServiceSettings(
        redis_url=valkey.url, data_dir=tmp_path, min_free_bytes=0, max_streams=MAX_STREAMS
    )


@pytest.fixture
def http(settings: ServiceSettings, client: redis.Redis) -> Iterator[httpx.Client]:
    with serving(settings) as (address, _), httpx.Client(base_url=address, timeout=10) as http:
        yield http


@pytest.fixture
def records(client: redis.Redis) -> Transitions:
    return open_records(client)["job"]


@pytest.fixture
def job(records: Transitions) -> WorkingJob:
    """A job that has just begun."""
    return WorkingJob(records)


@pytest.fixture
def ended(job: WorkingJob) -> str:
    """The id of a job with a story of nine events, the last of which is `done`."""
    job.tell({"epoch": 1}, {"epoch": 2})
    job.tell({"rows": [{"epoch": 1}]}, event="metrics")
    job.finish({"code": "dead_units"}, {"code": "überfit \u2028\n"})
    return job.id


def brief(received: list[ReceivedEvent]) -> list[tuple[str, object]]:
    return [(event, data) for event, data, _ in received]


# The story


def test_a_job_that_has_ended_is_told_from_its_beginning(http: httpx.Client, ended: str) -> None:
    assert brief(list(follow(http, ended))) == [
        ("state", {"state": "queued", "why": "submitted", "attempt": 0}),
        ("state", {"state": "running", "why": "claimed", "attempt": 1}),
        ("progress", {"epoch": 1}),
        ("progress", {"epoch": 2}),
        ("metrics", {"rows": [{"epoch": 1}]}),
        ("finding", {"code": "dead_units"}),
        ("finding", {"code": "überfit \u2028\n"}),
        ("state", {"state": "succeeded", "why": "done", "attempt": 1}),
        ("done", {"state": "succeeded"}),
    ]


def test_ids_grow_and_only_the_last_event_has_none(http: httpx.Client, ended: str) -> None:
    *ids, none = [received.id for received in follow(http, ended)]
    places = [tuple(map(int, (place or "").split("-"))) for place in ids]
    assert places == sorted(set(places))
    assert none is None


def test_what_is_between_must_not_keep_it(http: httpx.Client, ended: str) -> None:
    answer = http.get(f"/v1/jobs/{ended}/events")
    assert answer.headers["content-type"] == "text/event-stream; charset=utf-8"
    assert answer.headers["cache-control"] == "no-store"
    assert answer.headers["x-accel-buffering"] == "no"
    assert answer.headers["x-request-id"]


@pytest.mark.parametrize("received", range(9))
def test_whoever_comes_back_gets_the_rest(http: httpx.Client, ended: str, received: int) -> None:
    whole = list(follow(http, ended))
    known = whole[received - 1].id if received else None
    assert list(follow(http, ended, known)) == whole[received:]
    answer = http.get(f"/v1/jobs/{ended}/events", params={"after": known or ""})
    assert answer.text.count("event: ") == len(whole) - received


def test_the_header_outranks_the_parameter(http: httpx.Client, ended: str) -> None:
    whole = list(follow(http, ended))
    headers = {"last-event-id": str(whole[7].id)}
    answer = http.get(f"/v1/jobs/{ended}/events?after={whole[1].id}", headers=headers)
    assert answer.text.startswith("event: done\n")


def test_a_job_is_told_while_it_goes_on(http: httpx.Client, job: WorkingJob) -> None:
    received = follow(http, job.id)
    assert [event.data["state"] for event in islice(received, 2)] == ["queued", "running"]
    for epoch in range(5):
        job.tell({"epoch": epoch})
        began = time.monotonic()
        assert next(received).data == {"epoch": epoch}
        assert time.monotonic() - began < 1
    job.finish(state=State.FAILED)
    assert brief(list(received))[1:] == [("done", {"state": "failed"})]


def test_a_job_that_waits_is_followed_too(http: httpx.Client, records: Transitions) -> None:
    job = records.create(new_id("job"), {})
    received = follow(http, job.id)
    assert next(received).data["state"] == "queued"
    records.cancel(job.id)
    assert [data["state"] for _, data, _ in received] == ["cancelled", "cancelled"]


def test_more_than_one_answer_of_redis_holds_is_told_in_order(
    http: httpx.Client, job: WorkingJob
) -> None:
    job.tell(*({"epoch": epoch} for epoch in range(1, 1001)))
    job.finish()
    epochs = [data["epoch"] for event, data, _ in follow(http, job.id) if event == "progress"]
    assert epochs == list(range(1, 1001))


# Refused


def test_a_job_that_does_not_exist_has_no_events(http: httpx.Client) -> None:
    expect_problem(http.get(f"/v1/jobs/{new_id('job')}/events"), 404, "job_not_found")
    expect_problem(http.get("/v1/jobs/x/events"), 404, "job_not_found")


@pytest.mark.parametrize(
    "last", ["x", "1", "-", "1-", "1-2-3", "-1-0", "1- 2", f"{2**64}-0", "9" * 99 + "-0", "١-٢"]
)
def test_an_id_that_is_none_is_422(http: httpx.Client, ended: str, last: str) -> None:
    path = f"/v1/jobs/{ended}/events"
    sent = [(b"last-event-id", last.encode())]
    expect_problem(http.get(path, headers=sent), 422, "invalid_parameter")
    expect_problem(http.get(path, params={"after": last}), 422, "invalid_parameter")
    both = http.get(path, params={"after": last}, headers={"last-event-id": "1-0"})
    expect_problem(both, 422, "invalid_parameter")


def test_an_empty_id_is_no_id(http: httpx.Client, ended: str) -> None:
    answer = http.get(f"/v1/jobs/{ended}/events", headers={"last-event-id": ""})
    assert answer.text.count("event: ") == 9


def test_without_redis_a_stream_does_not_open(tmp_path: Path) -> None:
    settings = ServiceSettings(redis_url="unix:///nowhere.sock", data_dir=tmp_path)
    with serving(settings) as (address, _):
        answer = httpx.get(f"{address}/v1/jobs/{new_id('job')}/events")
        expect_problem(answer, 503, "queue_unavailable")
        assert int(answer.headers["retry-after"]) > 0


def test_one_stream_too_many_is_429_until_another_has_gone(
    http: httpx.Client, job: WorkingJob
) -> None:
    streams = [follow(http, job.id) for _ in range(MAX_STREAMS)]
    for stream in streams:
        next(stream)
    path = f"/v1/jobs/{job.id}/events"
    refused = http.get(path)
    expect_problem(refused, 429, "too_many_streams")
    assert int(refused.headers["retry-after"]) > 0
    assert http.get(f"/v1/jobs/{job.id}").status_code == 200

    def opens() -> bool:
        with http.stream("GET", path) as answer:
            return answer.status_code == 200

    streams.pop().close()  # type: ignore[attr-defined]
    wait_until(opens)
    assert next(streams[0]).event == "state"


# Expired


@pytest.fixture
def expired(settings: ServiceSettings, client: redis.Redis, ended: str) -> str:
    """A job whose stream is gone, and whose history is in the store."""
    data = [
        ("state", {"state": "queued", "why": "submitted", "attempt": 0}),
        ("finding", {"code": "dead_units"}),
        ("state", {"state": "succeeded", "why": "done", "attempt": 1}),
    ]
    lines = [
        json.dumps({"id": place, "event": event, "data": each}) + "\n"
        for place, (event, each) in zip(EXPIRED, data, strict=True)
    ]
    folder = settings.data_dir / "jobs" / ended
    folder.mkdir(parents=True)
    (folder / "events.jsonl").write_text("".join(lines))
    # So that no sweep of the service files it anew, with the events that are gone by then.
    (folder / "record.json").write_text(json.dumps({"state": "succeeded"}))
    client.delete(f"purr:job:{ended}:events")
    return ended


def test_a_stream_that_has_expired_is_told_from_the_store(http: httpx.Client, expired: str) -> None:
    whole = list(follow(http, expired))
    assert [received.id for received in whole] == [*EXPIRED, None]
    assert whole[1][:2] == ("finding", {"code": "dead_units"})
    assert whole[-1][:2] == ("done", {"state": "succeeded"})
    for received in range(1, 4):
        assert list(follow(http, expired, EXPIRED[received - 1])) == whole[received:]


def test_where_nothing_was_kept_the_end_is_told(
    http: httpx.Client, client: redis.Redis, ended: str
) -> None:
    client.delete(f"purr:job:{ended}:events")
    assert brief(list(follow(http, ended))) == [("done", {"state": "succeeded"})]


def test_the_store_has_no_events_of_a_job_that_goes_on(tmp_path: Path) -> None:
    assert Archive(tmp_path).events(new_id("job")) is None


# Of a real worker


def test_a_job_that_is_trained_is_told_to_its_end(api: Api, dataset: str) -> None:
    job = api.submit(dataset=dataset, epochs=2)["id"]
    received = list(follow(api.http, job))
    states = [data["state"] for event, data, _ in received if event == "state"]
    assert states == ["queued", "running", "succeeded"]
    assert received[-1] == ReceivedEvent("done", {"state": "succeeded"}, None)
