"""A broadcaster that reads, and streams that it feeds, without HTTP."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any

from service.launcher.valkey import Valkey
from service.streaming.broadcaster import Broadcaster
from service.streaming.stream import EventStream
from tests.service.streaming.event_reader import ReceivedEvent, events_in
from tests.service.working_job import WorkingJob
from worker.jobs.events import EventId, EventLog
from worker.jsontypes import Json

Work = Callable[[Broadcaster], Awaitable[None]]


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
    broadcaster: Broadcaster,
    job: WorkingJob,
    after: EventId | None = None,
    final: str | None = None,
) -> AsyncIterator[AsyncIterator[ReceivedEvent]]:
    async with broadcaster.subscribed(job.id) as (subscriber, joined):
        payloads = EventStream(broadcaster, subscriber, joined, after, final).payloads()
        yield (
            event async for payload in payloads for event in events_in(payload.decode().split("\n"))
        )


async def some(stream: AsyncIterator[ReceivedEvent], count: int) -> list[ReceivedEvent]:
    return [await anext(stream) for _ in range(count)]
