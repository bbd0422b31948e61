"""Event streams as clients see them, and jobs that have something to tell."""

import asyncio
import json
import threading
from collections.abc import AsyncIterator, Iterable, Iterator
from contextlib import asynccontextmanager, contextmanager
from typing import NamedTuple
from urllib.parse import urlsplit

import httpx

from service.app import Server, server
from service.server.listener import listen
from service.settings import ServiceSettings
from tests.service.launcher.processes import wait_until
from worker.jobs.record import Record, State, new_id
from worker.jobs.transitions import Transitions
from worker.jsontypes import Json


class Heard(NamedTuple):
    """One event, as it came out of the stream."""

    event: str
    data: Json
    id: str | None


def events_in(lines: Iterable[str]) -> Iterator[Heard]:
    fields: dict[str, str] = {}
    for line in lines:
        if line:
            name, _, value = line.partition(": ")
            fields[name] = value
        elif "event" in fields:  # otherwise a ping
            yield Heard(fields["event"], json.loads(fields["data"]), fields.get("id"))
            fields = {}


def follow(http: httpx.Client, job_id: str, after: str | None = None) -> Iterator[Heard]:
    """The events of a job, until its stream ends or the caller stops asking."""
    headers = {"last-event-id": after} if after else {}
    with http.stream("GET", f"/v1/jobs/{job_id}/events", headers=headers) as answer:
        assert answer.status_code == 200, answer.read()
        yield from events_in(answer.iter_lines())


@asynccontextmanager
async def following(
    address: str, job_id: str, after: str | None = None, limit: int = 2**16
) -> AsyncIterator[AsyncIterator[Heard]]:
    """The same for many at once; the connection is cut at the end."""
    where = urlsplit(address)
    reader, writer = await asyncio.open_connection(where.hostname, where.port, limit=limit)
    try:
        known = f"last-event-id: {after}\r\n" if after else ""
        request = f"GET /v1/jobs/{job_id}/events HTTP/1.1\r\nhost: {where.netloc}\r\n{known}\r\n"
        writer.write(request.encode())
        head = await reader.readuntil(b"\r\n\r\n")
        assert head.startswith(b"HTTP/1.1 200"), head
        yield stop_acknowledged(reader)
    finally:
        writer.transport.abort()


async def stop_acknowledged(reader: asyncio.StreamReader) -> AsyncIterator[Heard]:
    """The events in a chunked body; ends with it, or where the connection ends."""
    text = ""
    while size := int(await reader.readline() or b"0", 16):
        text += (await reader.readexactly(size + 2))[:-2].decode()
        whole, found, text = text.rpartition("\n\n")
        for event in events_in((whole + found).split("\n")):
            yield event


@contextmanager
def serving(settings: ServiceSettings) -> Iterator[tuple[str, Server]]:
    """The address of the service as `serve` runs it, but in a thread of this process."""
    running = server(settings)
    with listen("127.0.0.1", 0) as listener:
        thread = threading.Thread(target=running.run, args=([listener],))
        thread.start()
        wait_until(lambda: running.started)
        try:
            yield f"http://127.0.0.1:{listener.getsockname()[1]}", running
        finally:
            running.should_exit = True
            thread.join()


class Told:
    """A job on which a worker is at work, by the worker's own means."""

    def __init__(self, records: Transitions) -> None:
        self._records = records
        self.id = records.create(new_id("job"), {}).id
        self._mine: Record = records.claim(self.id, "w", 60)

    def tell(self, *data: Json, event: str = "progress") -> None:
        events = [{"event": event, "data": each} for each in data]
        self._mine = self._records.renew(self._mine, 60, {}, events)

    def finish(self, *findings: Json, state: State = State.SUCCEEDED) -> None:
        events = [{"event": "finding", "data": each} for each in findings]
        self._records.finish(self._mine, state, {}, events)
