"""Who follows which job: one reader for the whole process, and a bounded queue for each client."""

import asyncio
import logging
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from typing import Any, NamedTuple

from sse_starlette.event import ServerSentEvent

from worker.errors import QueueUnavailable, TooManyStreams
from worker.jobs.events import BEGINNING, Event, EventId, EventLog

ROOM = 256  # events that may wait for a client; worker.jobs.events.PAGE at a time are added
LIFE_S = 3600  # of one stream: no client holds a place for ever
RETRY_S = 0.2  # between two questions while Redis does not answer

Kept = Callable[[str], list[dict[str, Any]] | None]  # Store.events

log = logging.getLogger(__name__)


class Message(NamedTuple):
    """An event in the bytes that every client of its job gets."""

    id: EventId
    payload: bytes
    final: str | None


def as_message(event: Event) -> Message:
    return Message(event.id, payload(event.name, event.data, str(event.id)), event.final)


def payload(name: str, data: str, place: str | None = None) -> bytes:
    return ServerSentEvent(data, event=name, id=place, sep="\n").encode()


class Listener:
    """One client's place: what is new for it, and whether it must go."""

    def __init__(self, job_id: str, room: int = ROOM) -> None:
        self.job_id = job_id
        self.ended = False
        self._news: asyncio.Queue[Message | None] = asyncio.Queue(room)

    def tell(self, message: Message) -> None:
        try:
            self._news.put_nowait(message)
        except asyncio.QueueFull:
            self.end()

    def end(self) -> None:
        """Send the client away; it comes back with the id of the last event that it got."""
        self.ended = True
        with suppress(asyncio.QueueFull):  # then it is not waiting either
            self._news.put_nowait(None)

    async def news(self) -> list[Message]:
        """All that is new, once there is something; nothing when the client must go."""
        found = [] if self.ended else [await self._news.get()]
        while not self.ended and not self._news.empty():
            found.append(self._news.get_nowait())
        return [message for message in found if message is not None]


class Topic:
    """A job that somebody follows, and how far the reader has read its events.

    Attributes:
        listeners: who is told every event.
        waiters: how many wait for the next change of its state, which sets `changed`.
    """

    def __init__(self, cursor: EventId) -> None:
        self.cursor = cursor
        self.listeners: set[Listener] = set()
        self.waiters, self.changed = 0, asyncio.Event()

    def tell(self, events: list[Event]) -> None:
        # An answer may still be on its way from when the topic was another one, of the same job.
        for event in events:
            if event.id > self.cursor:
                self.cursor = event.id
                if self.listeners:
                    news = as_message(event)
                    for listener in self.listeners:
                        listener.tell(news)
                if event.name == "state":
                    self.changed.set()
                    self.changed = asyncio.Event()


class Broadcaster:
    """All event streams of this process.

    Attributes:
        streams: how many are open.
        log: where the events are read.
        kept: gives the history of a job whose stream has expired.
    """

    def __init__(
        self,
        log: EventLog,
        kept: Kept,
        max_streams: int,
        *,
        room: int = ROOM,
        life_s: float = LIFE_S,
    ) -> None:
        self.log, self.kept = log, kept
        self._max_streams, self._room, self._life_s = max_streams, room, life_s
        self.streams = 0
        self._closing = False
        self._topics: dict[str, Topic] = {}
        self._followed = asyncio.Event()

    @asynccontextmanager
    async def listening(self, job_id: str) -> AsyncIterator[tuple[Listener, EventId]]:
        """A place for a client, free again at the end however that comes, and an id.

        Every event behind that id will be told; those up to it are for the client to read.
        """
        if self.streams >= self._max_streams:
            raise TooManyStreams(
                f"Expected at most {self._max_streams} event streams at a time, got one more. "
                "Close one, or try again later; GET /v1/jobs/{id}?wait= needs none."
            )
        self.streams += 1
        try:
            last = await self.log.last(job_id) or BEGINNING
            listener = Listener(job_id, self._room)
            topic = self._join(listener, last)
            clock = asyncio.get_running_loop().call_later(self._life_s, listener.end)
            try:
                yield listener, topic.cursor
            finally:
                clock.cancel()
                self._leave(listener, topic)
        finally:
            self.streams -= 1

    @asynccontextmanager
    async def watching(self, job_id: str) -> AsyncIterator[asyncio.Event]:
        """An event that is set by the job's next change of state after this was asked for."""
        topic = self._topics.get(job_id)
        if topic is None:
            last = await self.log.last(job_id) or BEGINNING
            topic = self._topics.setdefault(job_id, Topic(last))
        topic.waiters += 1
        self._followed.set()
        try:
            yield topic.changed
        finally:
            topic.waiters -= 1
            self._forget(job_id, topic)

    async def run(self) -> None:
        """Read what is new and tell it, for as long as the service runs."""
        away = False
        while True:
            await self._followed.wait()
            try:
                await self._read()
                away = False
            except QueueUnavailable as error:
                if not away:  # once, not five times a second
                    log.warning("no events are read for now: %s", error.__cause__)
                away = True
                await asyncio.sleep(RETRY_S)
            except Exception:
                log.exception("events could not be read; the next ones may")
                await asyncio.sleep(RETRY_S)

    def end(self) -> None:
        """Send all clients away, and whoever comes from now on."""
        self._closing = True
        for topic in self._topics.values():
            topic.changed.set()
            for listener in topic.listeners:
                listener.end()

    async def _read(self) -> None:
        found = await self.log.news({job_id: t.cursor for job_id, t in self._topics.items()})
        for job_id, events in found.items():
            if topic := self._topics.get(job_id):
                topic.tell(events)

    def _join(self, listener: Listener, last: EventId) -> Topic:
        topic = self._topics.setdefault(listener.job_id, Topic(last))
        topic.listeners.add(listener)
        self._followed.set()
        if self._closing:
            listener.end()
        return topic

    def _leave(self, listener: Listener, topic: Topic) -> None:
        topic.listeners.remove(listener)
        self._forget(listener.job_id, topic)

    def _forget(self, job_id: str, topic: Topic) -> None:
        """Read no more of a job that nobody follows."""
        if not topic.listeners and not topic.waiters:
            del self._topics[job_id]
        if not self._topics:
            self._followed.clear()
