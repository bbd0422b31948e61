"""Readers of what comes on a connection: requests, bodies that are compressed, others' answers."""

import asyncio
import zlib
from collections.abc import Awaitable, Iterator
from functools import cache
from typing import TypeVar

import h11
import httpcore
from starlette.exceptions import HTTPException
from starlette.types import Message, Receive

from service.middleware.inflation import FORMATS, inflated
from service.outbound.fetcher import Fetcher
from service.server.h11_events import BoundedConnection
from service.settings import ServiceSettings

T = TypeVar("T")
PIECES = 5  # in which a body comes
SERVER = "http://cats.example"


def http(body: bytes) -> None:
    """Requests on a connection, which mean the same however they come."""
    assert requests_in(cut(body, 1)) == requests_in(cut(body, PIECES))


def requests_in(pieces: list[bytes]) -> list[object]:
    connection, found = BoundedConnection(), list[object]()
    for piece in pieces:
        connection.receive_data(piece)
        found += events(connection)
    return joined(found)


def events(connection: BoundedConnection) -> Iterator[object]:
    while (event := connection.next_event()) not in (h11.NEED_DATA, h11.PAUSED):
        yield event
        if isinstance(event, h11.ConnectionClosed):
            return
        if isinstance(event, h11.EndOfMessage):
            connection.send(h11.Response(status_code=200, headers=[(b"content-length", b"0")]))
            connection.send(h11.EndOfMessage())
            if connection.our_state is not h11.DONE:
                return
            connection.start_next_cycle()


def joined(found: list[object]) -> list[object]:
    """The same without what depends on the pieces: the data of a body together."""
    kept: list[object] = []
    for event in found:
        if not isinstance(event, h11.Data):
            kept.append(event)
        elif kept and isinstance(kept[-1], bytes):
            kept[-1] += bytes(event.data)
        else:
            kept.append(bytes(event.data))
    return kept


def packed(body: bytes) -> None:
    """A body in each compression, which is the same in whatever pieces it comes."""
    for encoding in FORMATS:
        assert unpacked(cut(body, 1), encoding) == unpacked(cut(body, PIECES), encoding)


def unpacked(pieces: list[bytes], encoding: str) -> bytes | int:
    """What is unpacked; of what is refused the status."""
    receive, found = inflated(messages(pieces), encoding), b""
    more = True
    try:
        while more:
            message = done(receive())
            found, more = found + bytes(message["body"]), message["more_body"]
    except HTTPException as error:
        return error.status_code
    return found


def fetched(body: bytes) -> None:
    """What another server answers that is asked for a file."""
    fetcher, came = fetching(), bytearray()
    fetcher._network = httpcore.AsyncMockBackend([*cut(body, PIECES)])  # type: ignore[assignment]

    async def take(piece: bytes) -> None:
        came.extend(piece)

    loop().run_until_complete(fetcher.fetch(f"{SERVER}/a.zip", take))
    assert len(came) <= len(body)


@cache
def fetching() -> Fetcher:
    return Fetcher(ServiceSettings(import_hosts=(SERVER,)))


@cache
def loop() -> asyncio.AbstractEventLoop:
    return asyncio.new_event_loop()


def done(coroutine: Awaitable[T]) -> T:
    """Returns what comes of a coroutine that waits for nothing."""
    try:
        next(coroutine.__await__())
    except StopIteration as ended:
        found: T = ended.value
        return found
    raise AssertionError("it waits for something")


def messages(pieces: list[bytes]) -> Receive:
    """Returns what receives a body in pieces."""
    left = iter(pieces)

    async def receive() -> Message:
        piece = next(left, None)
        if piece is None:
            return {"type": "http.request", "body": b"", "more_body": False}
        return {"type": "http.request", "body": piece, "more_body": True}

    return receive


def cut(body: bytes, pieces: int) -> list[bytes]:
    size = len(body) // pieces + 1
    return [body[at : at + size] for at in range(0, len(body), size)]


def https() -> list[bytes]:
    return [
        b"GET / HTTP/1.1\r\nHost: a\r\n\r\nGET /livez HTTP/1.0\r\n\r\n",
        b"POST /v1/jobs HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\n\r\n{}",
        b"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n"
        b"2;x=y\r\n{}\r\n0\r\nA: b\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: a\r\nConnection: upgrade\r\nUpgrade: h2c\r\n\r\n",
    ]


def fetches() -> list[bytes]:
    return [
        b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nContent-Type: a/b\r\n\r\n{}",
        b"HTTP/1.0 200 OK\r\nSet-Cookie: a=b\r\n\r\nPK",
        b"HTTP/1.1 103 Early\r\n\r\nHTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
        b"2\r\n{}\r\n0\r\n\r\n",
    ]


def packs() -> list[bytes]:
    made = [zlib.compressobj(wbits=bits, level=level) for bits in (31, 15) for level in (0, 9)]
    return [packing.compress(b"abc" * 30) + packing.flush() for packing in made]
