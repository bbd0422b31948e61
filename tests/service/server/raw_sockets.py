"""Clients by their bare sockets, and a service with little room for them."""

import re
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx

from service.settings import ServiceSettings

HALF = b"GET /livez HTTP/1.1\r\nHost: localhost\r\nX-Half: "
WHOLE = b"GET /livez HTTP/1.1\r\nHost: localhost\r\n\r\n"
POST = b"POST /v1/jobs HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
MOST = 24


def little_room(folder: Path, timeout_s: int) -> ServiceSettings:
    """The API alone, without Redis."""
    return ServiceSettings(
        redis_url="unix:///nowhere",
        data_dir=folder,
        max_connections=MOST,
        header_timeout_s=timeout_s,
        stall_timeout_s=timeout_s,
        max_predict_bytes=200_000,
        max_bodies_bytes=300_000,
    )


@contextmanager
def opened(http: httpx.Client, count: int, words: bytes = b"") -> Iterator[list[socket.socket]]:
    """Connections that have sent these words."""
    address = (http.base_url.host, http.base_url.port or 0)
    sockets: list[socket.socket] = []
    try:
        for _ in range(count):
            sockets.append(socket.create_connection(address, timeout=30))
            sockets[-1].sendall(words)
        yield sockets
    finally:
        for one in sockets:
            one.close()


def answer(client: socket.socket) -> bytes:
    """All that comes until the other side closes, or an empty answer where it breaks off."""
    found = b""
    try:
        while piece := client.recv(2**16):
            found += piece
    except ConnectionResetError:
        pass
    return found


def first(client: socket.socket) -> bytes:
    """One answer that says how long it is; the connection stays open."""
    found = b""
    while b"\r\n\r\n" not in found:
        found += client.recv(1)
    (length,) = re.findall(rb"(?i)content-length: (\d+)", found)
    while len(found.partition(b"\r\n\r\n")[2]) < int(length):
        found += client.recv(2**16)
    return found


def status(http: httpx.Client, path: str) -> int:
    """As a client sees it that was not connected before."""
    return httpx.get(http.base_url.join(path), timeout=30).status_code
