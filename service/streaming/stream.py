"""What one client is sent: every event of a job, each once and in order, from wherever it stood."""

import asyncio
import json
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable, Iterator
from contextlib import aclosing
from typing import TypeVar

from starlette.concurrency import run_in_threadpool

from service.streaming.broadcaster import (
    RETRY_S,
    Broadcaster,
    Listener,
    Message,
    as_message,
    payload,
)
from worker.errors import QueueUnavailable
from worker.jobs.events import BEGINNING, END, EventId, kept_event

PIECE_BYTES = 2**16  # that are sent at once

T = TypeVar("T")


class Ended(Exception):
    """The client must go, and may come back."""


class EventStream:
    """First what is past, then what is new, then whatever is left once the job has ended.

    The listener is told every event behind `joined`; what is before it is read here.
    """

    def __init__(
        self,
        broadcaster: Broadcaster,
        listener: Listener,
        joined: EventId,
        after: EventId | None,
        final: str | None,
    ) -> None:
        self._broadcaster, self._listener, self._joined = broadcaster, listener, joined
        self._last = after or BEGINNING
        self._final = final

    async def payloads(self) -> AsyncIterator[bytes]:
        """The bytes to send, to the last event of a job that ended, or until the client must go."""
        try:
            async with aclosing(self._batches()) as batches:
                async for batch in batches:
                    for piece in pieces(batch):
                        self._check()
                        yield b"".join(message.payload for message in piece)
                        self._last = piece[-1].id
                        # While much is sent nothing else here waits: let others have their turn,
                        # and whoever has left be noticed.
                        await asyncio.sleep(0)
            yield payload("done", json.dumps({"state": self._final}))
        except Ended:
            last = None if self._last == BEGINNING else str(self._last)
            # Without an id: a browser goes on remembering the last that it got.
            yield payload("reset", json.dumps({"after": last}))

    async def _batches(self) -> AsyncGenerator[list[Message], None]:
        while page := await self._page(self._joined):
            yield self._watched(page)
        while self._final is None:
            news = await self._listener.news()
            self._check()
            # A client may have got further than this process, by way of another.
            yield self._watched([message for message in news if message.id > self._last])
        # The script that ends a job may write more events behind its last state.
        end = (
            await self._patiently(lambda: self._broadcaster.log.last(self._listener.job_id)) or END
        )
        while page := await self._page(end):
            yield page

    def _watched(self, batch: list[Message]) -> list[Message]:
        """The same batch; whether the job ends in it is kept in mind."""
        self._final = next((message.final for message in batch if message.final), self._final)
        return batch

    def _check(self) -> None:
        if self._listener.ended:
            raise Ended

    async def _page(self, upto: EventId) -> list[Message]:
        """The next messages behind the last one, up to this id; none when there are no more."""
        if self._last >= upto:
            return []
        job_id, last = self._listener.job_id, self._last
        page = await self._patiently(lambda: self._broadcaster.log.page(job_id, last, upto))
        return list(map(as_message, page)) or await self._kept(upto)

    async def _kept(self, upto: EventId) -> list[Message]:
        """What the store has of them, where the stream has expired."""
        lines = await run_in_threadpool(self._broadcaster.kept, self._listener.job_id)
        events = map(kept_event, lines or [])
        return [as_message(event) for event in events if self._last < event.id <= upto]

    async def _patiently(self, ask: Callable[[], Awaitable[T]]) -> T:
        """The answer, if need be once Redis is back."""
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
