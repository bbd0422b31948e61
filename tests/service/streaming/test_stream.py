"""The broadcaster and what one client is sent, without HTTP."""

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any

import pytest
import redis
from starlette.types import Message as AsgiMessage

from service.launcher.valkey import Valkey
from service.routes.events import EventResponse
from service.streaming.broadcaster import Broadcaster, Listener, Message, Topic
from service.streaming.stream import PIECE_BYTES, EventStream, pieces
from tests.service.streaming.streaming import Heard, Told, events_in
from worker.errors import QueueUnavailable, TooManyStreams
from worker.jobs.events import BEGINNING, END, Event, EventId, EventLog, event_id
from worker.jobs.transitions import open_records
from worker.jsontypes import Json

Work = Callable[[Broadcaster], Awaitable[None]]


@pytest.fixture
def job(client: redis.Redis) -> Told:
    return Told(open_records(client)["job"])


class Unsteady(EventLog):
    """Redis is away whenever the past is asked for the first, third, fifth … time."""

    asked = 0

    async def page(self, job_id: str, after: EventId, upto: EventId) -> list[Event]:
        self.asked += 1
        if self.asked % 2:
            raise QueueUnavailable("Redis is away.")
        return await super().page(job_id, after, upto)


def on_a_broadcaster(
    valkey: Valkey,
    work: Work,
    kept: list[Json] | None = None,
    log: type[EventLog] = EventLog,
    **options: Any,
) -> None:
    """Let it work beside a broadcaster that reads."""

    async def whole() -> None:
        broadcaster = Broadcaster(log(valkey.url), lambda _: kept, **{"max_streams": 9, **options})
        reading = asyncio.create_task(broadcaster.run())
        try:
            async with asyncio.timeout(20):
                await work(broadcaster)
        finally:
            reading.cancel()
            await broadcaster.log.close()

    asyncio.run(whole())


@asynccontextmanager
async def fed(
    broadcaster: Broadcaster, job: Told, after: EventId | None = None, final: str | None = None
) -> AsyncIterator[AsyncIterator[Heard]]:
    async with broadcaster.listening(job.id) as (listener, joined):
        payloads = EventStream(broadcaster, listener, joined, after, final).payloads()
        yield (
            stop_acknowledged
            async for payload in payloads
            for stop_acknowledged in events_in(payload.decode().split("\n"))
        )


async def some(stream: AsyncIterator[Heard], count: int) -> list[Heard]:
    return [await anext(stream) for _ in range(count)]


def test_a_stream_is_ended_when_it_has_lived_long_enough(valkey: Valkey, job: Told) -> None:
    async def work(broadcaster: Broadcaster) -> None:
        async with fed(broadcaster, job) as stream:
            *_, last, reset = [stop_acknowledged async for stop_acknowledged in stream]
        assert reset == Heard("reset", {"after": last.id}, None)

    on_a_broadcaster(valkey, work, life_s=0.3)


def test_who_has_heard_nothing_is_told_so(valkey: Valkey, job: Told) -> None:
    async def work(broadcaster: Broadcaster) -> None:
        broadcaster.end()
        async with fed(broadcaster, job) as stream:
            assert [stop_acknowledged async for stop_acknowledged in stream] == [
                Heard("reset", {"after": None}, None)
            ]

    on_a_broadcaster(valkey, work)


def test_whoever_waits_is_woken_at_the_end(valkey: Valkey, job: Told) -> None:
    async def work(broadcaster: Broadcaster) -> None:
        async with fed(broadcaster, job) as stream:
            await some(stream, 2)
            asyncio.get_running_loop().call_later(0.1, broadcaster.end)
            assert [stop_acknowledged.event async for stop_acknowledged in stream] == ["reset"]

    on_a_broadcaster(valkey, work)


def test_whoever_does_not_take_what_is_new_is_sent_away(valkey: Valkey, job: Told) -> None:
    async def work(broadcaster: Broadcaster) -> None:
        async with fed(broadcaster, job) as slow, fed(broadcaster, job) as quick:
            *_, last = await some(slow, 2)
            await some(quick, 2)
            for epoch in range(5):
                job.tell({"epoch": epoch})
                assert (await anext(quick)).data == {"epoch": epoch}
            assert [stop_acknowledged async for stop_acknowledged in slow] == [
                Heard("reset", {"after": last.id}, None)
            ]

    on_a_broadcaster(valkey, work, room=4)


def test_a_stream_that_is_added_is_read_though_the_reader_waits(
    valkey: Valkey, client: redis.Redis, job: Told
) -> None:
    other = Told(open_records(client)["job"])

    async def work(broadcaster: Broadcaster) -> None:
        clock = asyncio.get_running_loop().time
        async with fed(broadcaster, job) as silent:
            await some(silent, 2)
            await asyncio.sleep(0.05)  # the reader waits by now
            async with fed(broadcaster, other) as stream:
                await some(stream, 2)
                began = clock()
                other.tell({"epoch": 1})
                await anext(stream)
        assert clock() - began < 0.4

    on_a_broadcaster(valkey, work)


def test_who_has_got_further_elsewhere_hears_nothing_twice(
    valkey: Valkey, client: redis.Redis, job: Told
) -> None:
    async def work(broadcaster: Broadcaster) -> None:
        async with broadcaster.listening(job.id) as (listener, joined):
            job.tell({"epoch": 1}, {"epoch": 2})
            entries: Any = client.xrange(f"purr:job:{job.id}:events")
            event_stream = EventStream(
                broadcaster, listener, joined, event_id(entries[-2][0]), None
            ).payloads()
            (stop_acknowledged,) = events_in((await anext(event_stream)).decode().split("\n"))
            assert stop_acknowledged.data == {"epoch": 2}

    on_a_broadcaster(valkey, work)


def test_an_answer_that_comes_late_is_told_from_where_the_listeners_joined() -> None:
    topic, listener = Topic(EventId(5, 0)), Listener("x")
    topic.listeners.add(listener)
    topic.tell([Event(EventId(ms, 0), "progress", "{}") for ms in (4, 5, 6, 7)])

    told = asyncio.run(listener.news())
    assert [message.id for message in told] == [EventId(6, 0), EventId(7, 0)]


def test_a_stream_that_expires_while_it_is_read_is_told_from_the_store(
    valkey: Valkey, client: redis.Redis, job: Told
) -> None:
    job.tell(*({"epoch": epoch} for epoch in range(250)))
    job.finish()
    kept: list[Json] = []

    async def work(broadcaster: Broadcaster) -> None:
        last = BEGINNING
        while page := await broadcaster.log.page(job.id, last, END):
            last = page[-1].id
            kept.extend(
                {"id": str(event.id), "event": event.name, "data": json.loads(event.data)}
                for event in page
            )
        async with fed(broadcaster, job) as stream:
            early = await some(stream, 5)
            client.delete(f"purr:job:{job.id}:events")
            stop_acknowledged = early + [stop_acknowledged async for stop_acknowledged in stream]
        assert [each.id for each in stop_acknowledged] == [line["id"] for line in kept] + [None]
        assert stop_acknowledged[-1].data == {"state": "succeeded"}

    on_a_broadcaster(valkey, work, kept)


def test_the_past_is_told_to_its_end_though_redis_goes_away_meanwhile(
    valkey: Valkey, job: Told
) -> None:
    job.tell(*({"epoch": epoch} for epoch in range(250)))
    job.finish()

    async def work(broadcaster: Broadcaster) -> None:
        async with fed(broadcaster, job) as stream:
            stop_acknowledged = [stop_acknowledged async for stop_acknowledged in stream]
        assert [each.data["epoch"] for each in stop_acknowledged if each.event == "progress"] == [
            *range(250)
        ]
        assert stop_acknowledged[-1].event == "done"

    on_a_broadcaster(valkey, work, log=Unsteady)


def test_who_waits_for_redis_is_sent_away_too(valkey: Valkey, job: Told) -> None:
    async def work(broadcaster: Broadcaster) -> None:
        async with fed(broadcaster, job) as stream:
            asyncio.get_running_loop().call_later(0.05, broadcaster.end)
            assert [stop_acknowledged async for stop_acknowledged in stream] == [
                Heard("reset", {"after": None}, None)
            ]

    on_a_broadcaster(valkey, work, log=Unsteady)


def test_who_takes_what_comes_is_not_sent_away_however_much_comes_at_once(
    valkey: Valkey, job: Told
) -> None:
    async def work(broadcaster: Broadcaster) -> None:
        async with fed(broadcaster, job) as stream:
            await some(stream, 2)
            job.tell(*({"epoch": epoch} for epoch in range(1000)))
            stop_acknowledged = await some(stream, 1000)
        assert [each.data["epoch"] for each in stop_acknowledged] == [*range(1000)]

    on_a_broadcaster(valkey, work)


def test_a_place_is_free_again_whatever_becomes_of_its_client(valkey: Valkey, job: Told) -> None:
    async def work(broadcaster: Broadcaster) -> None:
        async def cut() -> None:
            async with fed(broadcaster, job) as stream:
                async for _ in stream:
                    raise ConnectionError

        for _ in range(3):
            with pytest.raises(ConnectionError):
                await cut()
        async with fed(broadcaster, job), fed(broadcaster, job):
            with pytest.raises(TooManyStreams):
                await cut()
        with pytest.raises(ConnectionError):
            await cut()

    on_a_broadcaster(valkey, work, max_streams=2)


def test_one_event_that_cannot_be_read_does_not_stop_the_reader(
    valkey: Valkey, client: redis.Redis, job: Told
) -> None:
    strange = Told(open_records(client)["job"])

    async def work(broadcaster: Broadcaster) -> None:
        async with fed(broadcaster, job) as stream:
            await some(stream, 2)
            async with broadcaster.listening(strange.id):
                client.xadd(f"purr:job:{strange.id}:events", {"no": "event"})
                await asyncio.sleep(0.3)
            job.tell({"epoch": 1})
            assert (await anext(stream)).data == {"epoch": 1}

    on_a_broadcaster(valkey, work)


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
    asyncio.run(EventResponse(payloads(), send_timeout=0.05)(scope, receive, send))
    assert "took nothing" in caplog.text
