"""Event streams as clients read them."""

import asyncio
import json
from collections.abc import AsyncIterator, Iterable, Iterator
from contextlib import asynccontextmanager
from typing import NamedTuple
from urllib.parse import urlsplit

import httpx

from worker.jsontypes import Json


class ReceivedEvent(NamedTuple):
    """One event, as it came out of the stream."""

    event: str
    data: Json
    id: str | None


def events_in(lines: Iterable[str]) -> Iterator[ReceivedEvent]:
    fields: dict[str, str] = {}
    for line in lines:
        if line:
            name, _, value = line.partition(": ")
            fields[name] = value
        elif "event" in fields:  # otherwise a ping
            yield ReceivedEvent(fields["event"], json.loads(fields["data"]), fields.get("id"))
            fields = {}


def follow(http: httpx.Client, job_id: str, after: str | None = None) -> Iterator[ReceivedEvent]:
    """The events of a job, until its stream ends or the caller stops asking."""
    headers = {"last-event-id": after} if after else {}
    with http.stream("GET", f"/v1/jobs/{job_id}/events", headers=headers) as answer:
        assert answer.status_code == 200, answer.read()
        yield from events_in(answer.iter_lines())


@asynccontextmanager
async def following(
    address: str, job_id: str, after: str | None = None, limit: int = 2**16
) -> AsyncIterator[AsyncIterator[ReceivedEvent]]:
    """The same for many at once; the connection is cut at the end."""
    where = urlsplit(address)
    reader, writer = await asyncio.open_connection(where.hostname, where.port, limit=limit)
    try:
        known = f"last-event-id: {after}\r\n" if after else ""
        request = f"GET /v1/jobs/{job_id}/events HTTP/1.1\r\nhost: {where.netloc}\r\n{known}\r\n"
        writer.write(request.encode())
        head = await reader.readuntil(b"\r\n\r\n")
        assert head.startswith(b"HTTP/1.1 200"), head
        yield chunked_events(reader)
    finally:
        writer.transport.abort()


async def chunked_events(reader: asyncio.StreamReader) -> AsyncIterator[ReceivedEvent]:
    """The events in a chunked body; ends with it, or where the connection ends."""
    text = ""
    while size := int(await reader.readline() or b"0", 16):
        text += (await reader.readexactly(size + 2))[:-2].decode()
        whole, found, text = text.rpartition("\n\n")
        for event in events_in((whole + found).split("\n")):
            yield event
