"""New events for all who follow jobs: one reader for the process, a bounded queue per client."""

import asyncio
import logging
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from typing import Any, NamedTuple

from sse_starlette.event import ServerSentEvent

from worker.errors import QueueUnavailable, TooManyStreams
from worker.jobs.events import BEGINNING, Event, EventId, EventLog

QUEUE_SIZE = (
    256  # events that may wait for a client; up to worker.jobs.events.PAGE are added at a time
)
LIFE_S = 3600  # of one stream: no client keeps one for ever
RETRY_S = 0.2  # between two questions while Redis does not answer

History = Callable[[str], list[dict[str, Any]] | None]  # Store.events

log = logging.getLogger(__name__)


class Message(NamedTuple):
    """An event in the bytes that every client of its job gets; `name` and `data` are its own."""

    id: EventId
    payload: bytes
    final: str | None
    name: str = ""
    data: str = ""


def as_message(event: Event) -> Message:
    sent = payload(event.name, event.data, str(event.id))
    return Message(event.id, sent, event.final, event.name, event.data)


def payload(name: str, data: str, event_id: str | None = None) -> bytes:
    return ServerSentEvent(data, event=name, id=event_id, sep="\n").encode()


class Subscriber:
    """What waits to be sent to one client, and whether the client must go."""

    def __init__(self, job_id: str, queue_size: int = QUEUE_SIZE) -> None:
        self.job_id = job_id
        self.ended = False
        self._queue: asyncio.Queue[Message | None] = asyncio.Queue(queue_size)

    def tell(self, message: Message) -> None:
        """Queue a message; where the queue is full, the client must go."""
        try:
            self._queue.put_nowait(message)
        except asyncio.QueueFull:
            self.end()

    def end(self) -> None:
        """Send the client away; it comes back with the id of the last event that it got."""
        self.ended = True
        with suppress(asyncio.QueueFull):  # then it is not waiting either
            self._queue.put_nowait(None)

    async def next_messages(self) -> list[Message]:
        """Waits for messages, and returns all that wait; none when the client must go."""
        found = [] if self.ended else [await self._queue.get()]
        while not self.ended and not self._queue.empty():
            found.append(self._queue.get_nowait())
        return [message for message in found if message is not None]


class Topic:
    """A job that somebody follows.

    Attributes:
        cursor: the id up to which its events were read.
        subscribers: the clients that are told every event.
        waiters: how many wait for the next change of its state.
        changed: is set by that change, and then replaced by a new one.
    """

    def __init__(self, cursor: EventId) -> None:
        self.cursor = cursor
        self.subscribers: set[Subscriber] = set()
        self.waiters, self.changed = 0, asyncio.Event()

    def tell(self, events: list[Event]) -> None:
        # The answer may have been asked for by an earlier topic of the same job, so some events
        # in it may lie before this topic's cursor.
        for event in events:
            if event.id > self.cursor:
                self.cursor = event.id
                if self.subscribers:
                    message = as_message(event)
                    for subscriber in self.subscribers:
                        subscriber.tell(message)
                if event.name == "state":
                    self.changed.set()
                    self.changed = asyncio.Event()


class Broadcaster:
    """Reads new events from Redis, once for the whole process, and queues them for each client.

    Attributes:
        streams: how many are open.
        log: where the events are read.
        history: returns the events of a job whose stream has expired; None if there are none.
    """

    def __init__(
        self,
        log: EventLog,
        history: History,
        max_streams: int,
        *,
        queue_size: int = QUEUE_SIZE,
        life_s: float = LIFE_S,
    ) -> None:
        self.log, self.history = log, history
        self._max_streams, self._queue_size, self._life_s = max_streams, queue_size, life_s
        self.streams = 0
        self._closing = False
        self._topics: dict[str, Topic] = {}
        self._followed = asyncio.Event()

    @asynccontextmanager
    async def subscribed(self, job_id: str) -> AsyncIterator[tuple[Subscriber, EventId]]:
        """Yields a subscriber and the id of an event; the subscription ends with the block.

        The subscriber is told every event after that id. Events up to it must be read from the log.

        Raises:
            TooManyStreams: as many are open as may be.
            QueueUnavailable: Redis does not answer.
        """
        if self.streams >= self._max_streams:
            raise TooManyStreams(
                f"Expected at most {self._max_streams} event streams at a time, got one more. "
                "Close one, or try again later; GET /v1/jobs/{id}?wait= needs none."
            )
        self.streams += 1
        try:
            last = await self.log.last(job_id) or BEGINNING
            subscriber = Subscriber(job_id, self._queue_size)
            topic = self._join(subscriber, last)
            clock = asyncio.get_running_loop().call_later(self._life_s, subscriber.end)
            try:
                yield subscriber, topic.cursor
            finally:
                clock.cancel()
                self._leave(subscriber, topic)
        finally:
            self.streams -= 1

    @asynccontextmanager
    async def watching(self, job_id: str) -> AsyncIterator[asyncio.Event]:
        """Yields an event that the job's next change of state sets.

        Raises:
            QueueUnavailable: Redis does not answer.
        """
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
        """Read new events and tell them to the subscribers, until this is cancelled."""
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
        """End all streams, and at once those that begin from now on."""
        self._closing = True
        for topic in self._topics.values():
            topic.changed.set()
            for subscriber in topic.subscribers:
                subscriber.end()

    async def _read(self) -> None:
        found = await self.log.news({job_id: t.cursor for job_id, t in self._topics.items()})
        for job_id, events in found.items():
            if topic := self._topics.get(job_id):
                topic.tell(events)

    def _join(self, subscriber: Subscriber, last: EventId) -> Topic:
        topic = self._topics.setdefault(subscriber.job_id, Topic(last))
        topic.subscribers.add(subscriber)
        self._followed.set()
        if self._closing:
            subscriber.end()
        return topic

    def _leave(self, subscriber: Subscriber, topic: Topic) -> None:
        topic.subscribers.remove(subscriber)
        self._forget(subscriber.job_id, topic)

    def _forget(self, job_id: str, topic: Topic) -> None:
        """Stop reading the events of a job that nobody follows."""
        if not topic.subscribers and not topic.waiters:
            del self._topics[job_id]
        if not self._topics:
            self._followed.clear()
