"""What one client is sent: every event of a job, each once and in order, from wherever it stood."""

import asyncio
import json
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable, Iterator
from contextlib import aclosing, asynccontextmanager
from typing import TypeVar

from starlette.concurrency import run_in_threadpool

from service.streaming.broadcaster import (
    RETRY_S,
    Broadcaster,
    Message,
    Subscriber,
    as_message,
    payload,
)
from worker.errors import QueueUnavailable
from worker.jobs.attempt_log import LOG
from worker.jobs.events import BEGINNING, END, EventId, kept_event
from worker.jobs.record import FINAL
from worker.operations.jobs import Jobs

PIECE_BYTES = 2**16  # that are sent at once

T = TypeVar("T")
Shown = Callable[[Message], bytes]


def without_log(message: Message) -> bytes:
    """What is sent of an event to who follows the job and not its log."""
    return b"" if message.name == LOG else message.payload


class Ended(Exception):
    """The client must go, and may come back."""


class EventStream:
    """The events of a job for one client: first the past, then the new, then the rest at its end.

    Args:
        joined: the id after which the subscriber is told every event; those before are read here.
        after: the last event that the client has received; None if it has none.
        final: the job's state if it has ended.
        shown: what the client is sent of an event; nothing of some.
    """

    def __init__(
        self,
        broadcaster: Broadcaster,
        subscriber: Subscriber,
        joined: EventId,
        after: EventId | None,
        final: str | None,
        shown: Shown = without_log,
    ) -> None:
        self._shown = shown
        self._broadcaster, self._subscriber, self._joined = broadcaster, subscriber, joined
        self._last = after or BEGINNING
        self._final = final

    async def payloads(self) -> AsyncIterator[bytes]:
        """Yields the bytes to send, to the job's last event or until the client must go."""
        try:
            async with aclosing(self._batches()) as batches:
                async for batch in batches:
                    for piece in pieces(batch):
                        self._check()
                        if sent := b"".join(map(self._shown, piece)):
                            yield sent
                        self._last = piece[-1].id
                        # Nothing else in this loop waits while the past is sent, so give other
                        # clients a turn, and the server the chance to notice that this one left.
                        await asyncio.sleep(0)
            yield payload("done", json.dumps({"state": self._final}))
        except Ended:
            last = None if self._last == BEGINNING else str(self._last)
            # Without an id, so that a browser still remembers the last one that it received.
            yield payload("reset", json.dumps({"after": last}))

    async def _batches(self) -> AsyncGenerator[list[Message], None]:
        while page := await self._page(self._joined):
            yield self._noted(page)
        while self._final is None:
            messages = await self._subscriber.next_messages()
            self._check()
            # A client that was connected to another process may have seen more than this one has.
            yield self._noted([message for message in messages if message.id > self._last])
        # The script that ends a job may write more events after its last state.
        end = (
            await self._retried(lambda: self._broadcaster.log.last(self._subscriber.job_id)) or END
        )
        while page := await self._page(end):
            yield page

    def _noted(self, batch: list[Message]) -> list[Message]:
        """Returns the same batch; notes the final state if one of its events has it."""
        self._final = next((message.final for message in batch if message.final), self._final)
        return batch

    def _check(self) -> None:
        if self._subscriber.ended:
            raise Ended

    async def _page(self, upto: EventId) -> list[Message]:
        """Returns the next messages after the last one, up to this id; none if there are none."""
        if self._last >= upto:
            return []
        job_id, last = self._subscriber.job_id, self._last
        page = await self._retried(lambda: self._broadcaster.log.page(job_id, last, upto))
        return list(map(as_message, page)) or await self._from_store(upto)

    async def _from_store(self, upto: EventId) -> list[Message]:
        """Returns the same from the store, for a job whose stream in Redis has expired."""
        lines = await run_in_threadpool(self._broadcaster.history, self._subscriber.job_id)
        events = map(kept_event, lines or [])
        return [as_message(event) for event in events if self._last < event.id <= upto]

    async def _retried(self, ask: Callable[[], Awaitable[T]]) -> T:
        """Returns the answer, and asks again while Redis is away."""
        while True:
            self._check()
            try:
                return await ask()
            except QueueUnavailable:
                await asyncio.sleep(RETRY_S)


def pieces(batch: list[Message]) -> Iterator[list[Message]]:
    """The batch in pieces of PIECE_BYTES, or of one message that is larger."""
    piece: list[Message] = []
    size = 0
    for message in batch:
        if size + len(message.payload) > PIECE_BYTES and piece:
            yield piece
            piece, size = [], 0
        piece.append(message)
        size += len(message.payload)
    if piece:
        yield piece


@asynccontextmanager
async def opened(
    broadcaster: Broadcaster,
    jobs: Jobs,
    job_id: str,
    after: EventId | None,
    shown: Shown = without_log,
) -> AsyncIterator[EventStream]:
    """Yields the stream of a job's events after this id; None: from the beginning.

    Args:
        shown: what is sent of an event.

    Raises:
        JobNotFound: there is no such job.
        TooManyStreams: as many are open as may be.
    """
    record = await run_in_threadpool(jobs.get, job_id)
    final = record.state if record.state in FINAL else None
    async with broadcaster.subscribed(job_id) as (subscriber, joined):
        yield EventStream(broadcaster, subscriber, joined, after, final, shown)
