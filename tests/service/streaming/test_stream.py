"""What one client is sent, without HTTP."""

import asyncio
import json
from collections.abc import AsyncIterator
from typing import Any

import pytest
import redis
from starlette.types import Message as AsgiMessage

from service.launcher.valkey import Valkey
from service.streaming.broadcaster import Broadcaster, Message
from service.streaming.event_response import EventResponse
from service.streaming.stream import PIECE_BYTES, EventStream, pieces
from tests.service.streaming.broadcaster_bench import fed, on_a_broadcaster, some
from tests.service.streaming.event_reader import ReceivedEvent, events_in
from tests.service.working_job import WorkingJob
from worker.errors import QueueUnavailable
from worker.jobs.events import BEGINNING, END, Event, EventId, EventLog, event_id
from worker.jsontypes import Json


class Unsteady(EventLog):
    """Redis is away whenever the past is asked for the first, third, fifth … time."""

    asked = 0

    async def page(self, job_id: str, after: EventId, upto: EventId) -> list[Event]:
        self.asked += 1
        if self.asked % 2:
            raise QueueUnavailable("Redis is away.")
        return await super().page(job_id, after, upto)


def test_a_stream_is_ended_when_it_has_lived_long_enough(
    valkey: Valkey, working_job: WorkingJob
) -> None:
    async def work(broadcaster: Broadcaster) -> None:
        async with fed(broadcaster, working_job) as stream:
            *_, last, reset = [received async for received in stream]
        assert reset == ReceivedEvent("reset", {"after": last.id}, None)

    on_a_broadcaster(valkey, work, life_s=0.3)


def test_who_has_heard_nothing_is_told_so(valkey: Valkey, working_job: WorkingJob) -> None:
    async def work(broadcaster: Broadcaster) -> None:
        broadcaster.end()
        async with fed(broadcaster, working_job) as stream:
            assert [received async for received in stream] == [
                ReceivedEvent("reset", {"after": None}, None)
            ]

    on_a_broadcaster(valkey, work)


def test_who_has_got_further_elsewhere_hears_nothing_twice(
    valkey: Valkey, client: redis.Redis, working_job: WorkingJob
) -> None:
    async def work(broadcaster: Broadcaster) -> None:
        async with broadcaster.subscribed(working_job.id) as (subscriber, joined):
            working_job.tell({"epoch": 1}, {"epoch": 2})
            entries: Any = client.xrange(f"purr:job:{working_job.id}:events")
            event_stream = EventStream(
                broadcaster, subscriber, joined, event_id(entries[-2][0]), None
            ).payloads()
            (received,) = events_in((await anext(event_stream)).decode().split("\n"))
            assert received.data == {"epoch": 2}

    on_a_broadcaster(valkey, work)


def test_a_stream_that_expires_while_it_is_read_is_told_from_the_store(
    valkey: Valkey, client: redis.Redis, working_job: WorkingJob
) -> None:
    working_job.tell(*({"epoch": epoch} for epoch in range(250)))
    working_job.finish()
    kept: list[Json] = []

    async def work(broadcaster: Broadcaster) -> None:
        last = BEGINNING
        while page := await broadcaster.log.page(working_job.id, last, END):
            last = page[-1].id
            kept.extend(
                {"id": str(event.id), "event": event.name, "data": json.loads(event.data)}
                for event in page
            )
        async with fed(broadcaster, working_job) as stream:
            early = await some(stream, 5)
            client.delete(f"purr:job:{working_job.id}:events")
            received = early + [received async for received in stream]
        assert [each.id for each in received] == [line["id"] for line in kept] + [None]
        assert received[-1].data == {"state": "succeeded"}

    on_a_broadcaster(valkey, work, kept)


def test_the_past_is_told_to_its_end_though_redis_goes_away_meanwhile(
    valkey: Valkey, working_job: WorkingJob
) -> None:
    working_job.tell(*({"epoch": epoch} for epoch in range(250)))
    working_job.finish()

    async def work(broadcaster: Broadcaster) -> None:
        async with fed(broadcaster, working_job) as stream:
            received = [received async for received in stream]
        assert [each.data["epoch"] for each in received if each.event == "progress"] == [
            *range(250)
        ]
        assert received[-1].event == "done"

    on_a_broadcaster(valkey, work, log=Unsteady)


def test_who_waits_for_redis_is_sent_away_too(valkey: Valkey, working_job: WorkingJob) -> None:
    async def work(broadcaster: Broadcaster) -> None:
        async with fed(broadcaster, working_job) as stream:
            asyncio.get_running_loop().call_later(0.05, broadcaster.end)
            assert [received async for received in stream] == [
                ReceivedEvent("reset", {"after": None}, None)
            ]

    on_a_broadcaster(valkey, work, log=Unsteady)


@pytest.mark.parametrize(
    ("sizes", "cut"),
    [
        ([], []),
        ([PIECE_BYTES + 1], [1]),
        ([1, PIECE_BYTES - 1], [2]),
        ([1, PIECE_BYTES, 1, 1], [1, 1, 2]),
        ([PIECE_BYTES] * 3, [1, 1, 1]),
    ],
)
def test_much_is_sent_in_pieces(sizes: list[int], cut: list[int]) -> None:
    batch = [Message(EventId(n, 0), bytes(size), None) for n, size in enumerate(sizes)]
    assert [len(piece) for piece in pieces(batch)] == cut
    assert [message for piece in pieces(batch) for message in piece] == batch


def test_a_client_that_takes_nothing_is_let_go(caplog: pytest.LogCaptureFixture) -> None:
    async def payloads() -> AsyncIterator[bytes]:
        yield b"data: 1\n\n"

    async def send(message: AsgiMessage) -> None:
        if message["type"] == "http.response.body":
            await asyncio.Event().wait()

    async def receive() -> AsgiMessage:
        await asyncio.Event().wait()
        raise AssertionError

    scope = {"type": "http", "method": "GET", "path": "/v1/jobs/x/events"}
    asyncio.run(EventResponse(payloads(), stall_s=0.05)(scope, receive, send))
    assert "took nothing" in caplog.text
