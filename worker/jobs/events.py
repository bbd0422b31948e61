"""The events of a job in their order, read for asyncio while the job still adds to them.

The script that moves a record writes them into a stream of Redis (`worker.jobs.compare_and_set`).
One connection waits for new events in all streams that are followed. A few others read old events.
"""

import json
import re
from collections.abc import Mapping
from typing import Any, NamedTuple

import redis.asyncio
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff

from worker.errors import InvalidParameter
from worker.jobs.apart import Apart
from worker.jobs.record import FINAL
from worker.jobs.redis_connection import redis_named
from worker.jsontypes import Json

BLOCK_MS = 200  # for which `news` waits; a stream that is followed anew has to wait so long
ANSWER_S = 2  # must exceed BLOCK_MS, or a time without events would count as an outage
PAGE = 100  # events of one stream in one answer
AT_A_TIME = 8  # commands that read old events
LARGEST = 2**64 - 1


class EventId(NamedTuple):
    """The place of an event in its stream. A later event has a larger id."""

    ms: int
    number: int

    def __str__(self) -> str:
        return f"{self.ms}-{self.number}"


BEGINNING = EventId(0, 0)
END = EventId(LARGEST, LARGEST)


class Event(NamedTuple):
    """Something that happened to a job.

    Attributes:
        data: JSON.
        final: the state in which the job ended by this event; None for every other event.
    """

    id: EventId
    name: str
    data: str
    final: str | None = None


def event_id(text: str) -> EventId:
    """Returns the id that a client has sent as text.

    Raises:
        InvalidParameter: the text is not the id of an event.
    """
    if re.fullmatch(r"[0-9]{1,20}-[0-9]{1,20}", text):
        ms, number = map(int, text.split("-"))
        if max(ms, number) <= LARGEST:
            return EventId(ms, number)
    raise InvalidParameter(
        f"Expected the id of an event, such as 1795364200765-0, got {text!r:.60}. Send the last "
        "one that you received; without one, the events come from the first on."
    )


def kept_event(line: Json) -> Event:
    """Returns the event of a line in the store."""
    final = final_state(line["event"], line["data"])
    return Event(event_id(line["id"]), line["event"], json.dumps(line["data"]), final)


def streamed_event(entry_id: str, fields: Mapping[str, str]) -> Event:
    """Returns the event of an entry in its stream."""
    name = fields["event"]
    if name != "state":
        return Event(event_id(entry_id), name, fields["data"])
    data = {"state": fields["state"], "why": fields["why"], "attempt": int(fields["attempt"])}
    return Event(event_id(entry_id), name, json.dumps(data), final_state(name, data))


def final_state(name: str, data: Json) -> str | None:
    """Returns the final state in which an event left its job; None for every other event."""
    return data["state"] if name == "state" and data["state"] in FINAL else None


class EventLog:
    """The events of all jobs. It connects at the first call.

    Every method raises QueueUnavailable if Redis does not answer.
    """

    def __init__(self, url: str) -> None:
        # Any: its answers are typed for both kinds of client, with text and with bytes, at once.
        self._waiting: Any = client(url)
        self._asking: Any = client(url)
        self._apart = Apart(AT_A_TIME)

    async def last(self, job_id: str) -> EventId | None:
        """Returns the id of the newest event; None if the stream has expired."""
        newest = await self._apart.ask(self._asking.xrevrange, key(job_id), count=1)
        return event_id(newest[0][0]) if newest else None

    async def page(self, job_id: str, after: EventId, upto: EventId) -> list[Event]:
        """Returns up to PAGE events with ids after `after`, up to and including `upto`."""
        bounds = {"min": f"({after}", "max": str(upto), "count": PAGE}
        entries = await self._apart.ask(self._asking.xrange, key(job_id), **bounds)
        return [streamed_event(*entry) for entry in entries]

    async def news(self, after: Mapping[str, EventId]) -> dict[str, list[Event]]:
        """Returns up to PAGE new events of each job, by its id. Waits up to BLOCK_MS for the first.

        Args:
            after: for each job, the id of the last event that is not new.
        """
        streams = {key(job_id): str(last) for job_id, last in after.items()}
        with redis_named():
            found = dict(await self._waiting.xread(streams, count=PAGE, block=BLOCK_MS))
        return {
            job_id: [streamed_event(*entry) for entry in found[key(job_id)]]
            for job_id in after
            if key(job_id) in found
        }

    async def close(self) -> None:
        """Cancel all commands and close the connections."""
        await self._apart.close()
        await self._waiting.aclose()
        await self._asking.aclose()


def client(url: str) -> "redis.asyncio.Redis":
    """Returns a client that never retries: whoever follows a stream does that itself."""
    return redis.asyncio.Redis.from_url(
        url,
        decode_responses=True,
        socket_timeout=ANSWER_S,
        socket_connect_timeout=ANSWER_S,
        retry=Retry(NoBackoff(), 0),
    )


def key(job_id: str) -> str:
    """The stream of a job's events."""
    return f"purr:job:{job_id}:events"
