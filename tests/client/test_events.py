"""Events come once and in order, whatever becomes of the connection."""

import asyncio
from typing import Any

import httpx
import pytest

import purrceptron.events
from purrceptron import AsyncClient, Client, Job, NotFound, Stranger, Unreachable
from purrceptron.events import EventReader
from tests.client.conftest import Do
from tests.client.scripted import URL, Scripted, event, job

BROKEN = httpx.ReadError("broken")
STREAM = "GET /v1/jobs/job_1/events"
DONE = event("done", {"state": "succeeded"})


def events(client: Any) -> Any:
    """What is told of a job, of which a client knows no more than its id."""
    followed = client._session.known_as(Job, job("running"))
    return followed.events()


def last_ids(service: Scripted) -> list[str | None]:
    return [each.headers.get("Last-Event-ID") for each in service.requests]


def test_a_job_is_told_to_its_end(service: Scripted, do: Do) -> None:
    service.stream(*event("state", {"state": "running"}, 1), *event("new", {"n": 2}, 2), *DONE)
    found = do(events)
    assert [(each.kind, each.id, each.data) for each in found] == [
        ("state", "1-0", {"state": "running"}),
        ("new", "2-0", {"n": 2}),
    ]
    assert service.asked == [STREAM]


def test_a_stream_that_breaks_goes_on_behind_the_last_event(service: Scripted, do: Do) -> None:
    half = event("progress", {"epoch": 2}, 2)[:-1]
    service.stream(*event("progress", {"epoch": 1}, 1), *half, then=BROKEN)
    service.fail(httpx.ConnectError("refused"))  # it is being started again
    service.refuse(503, "queue_unavailable", "0")
    service.stream(*event("progress", {"epoch": 2}, 2), *DONE)
    assert [each.data["epoch"] for each in do(events)] == [1, 2]
    assert last_ids(service) == [None, "1-0", "1-0", "1-0"]


@pytest.mark.parametrize("end", [(), event("reset", {"after": "1-0"})], ids=["cut", "reset"])
def test_a_stream_that_the_service_ends_goes_on(
    service: Scripted, do: Do, end: tuple[str, ...]
) -> None:
    service.stream(*event("state", {"state": "running"}, 1), *end)
    service.stream(*event("state", {"state": "succeeded"}, 2), *DONE)
    assert [each.id for each in do(events)] == ["1-0", "2-0"]
    assert last_ids(service) == [None, "1-0"]


def test_whoever_knows_an_event_gets_the_later_ones(service: Scripted, do: Do) -> None:
    service.stream(*DONE)
    do(lambda client: client._session.known_as(Job, job("running")).events(after="7-0"))
    assert last_ids(service) == ["7-0"]


def test_whoever_leaves_lets_the_connection_go(
    service: Scripted, caplog: pytest.LogCaptureFixture
) -> None:
    service.stream(*event("state", {"state": "running"}, 1), *DONE)

    async def leave() -> None:
        async with httpx.AsyncClient(transport=httpx.MockTransport(service)) as http:
            async for _ in events(AsyncClient(URL, http=http)):
                break

    answer = service.answers[0]
    asyncio.run(leave())
    assert isinstance(answer, httpx.Response)
    assert answer.is_closed
    assert caplog.records == []  # asyncio tells what it could not end


def test_a_refusal_ends_it(service: Scripted, do: Do) -> None:
    service.stream(*event("state", {"state": "running"}, 1))
    service.refuse(404, "job_not_found")
    with pytest.raises(NotFound):
        do(events)


def test_what_is_no_event_is_from_another_service(service: Scripted, do: Do) -> None:
    service.stream("data: <html>", "")
    with pytest.raises(Stranger):
        do(events)


def test_a_service_that_stays_away_ends_it(
    service: Scripted, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(purrceptron.events, "GOOD_S", 0)
    service.stream(*event("state", {"state": "running"}, 1), then=BROKEN)
    service.fail(*[httpx.ConnectError("refused")] * 9)
    with httpx.Client(transport=httpx.MockTransport(service)) as http:
        client = Client(URL, patience_s=0.2, http=http)
        with pytest.raises(Unreachable, match="refused"):
            list(events(client))


def read(*lines: str) -> list[Any]:
    reader = EventReader()
    return [found for line in lines if (found := reader.read(line))]


def test_comments_and_fields_that_are_not_known_say_nothing() -> None:
    (only,) = read(": ping", "", "retry: 3", "event:state", "data:{}", ":x", "", "")
    assert (only.kind, only.data, only.id) == ("state", {}, None)


def test_an_event_without_data_is_none() -> None:
    assert read("id: 1-0", "event: state", "") == []
