"""HTTP as an attacker speaks it: over sockets, as much or as little of it as one wants."""

import json
import re
import socket
import time
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from typing import Any, NamedTuple
from urllib.parse import urlsplit

PATIENCE_S = 120.0
NO_ANSWER = 0
HEAD_END = b"\r\n\r\n"


class Answer(NamedTuple):
    """`status` is NO_ANSWER where the connection ended without one."""

    status: int
    body: bytes
    seconds: float

    def json(self) -> Any:
        return json.loads(self.body)

    @property
    def code(self) -> str:
        """Of a problem."""
        with suppress(ValueError, TypeError, KeyError):
            return str(self.json()["code"])
        return ""


class Broken(Exception):
    """The connection ended within an answer."""


def request(
    method: str,
    path: str,
    body: bytes = b"",
    kind: str = "application/json",
    headers: Mapping[str, str] | None = None,
) -> bytes:
    """The bytes of a request."""
    named = {"Host": "localhost", **(headers or {})}
    if method not in ("GET", "HEAD"):
        named |= {"Content-Type": kind, "Content-Length": str(len(body))}
    lines = [f"{method} {path} HTTP/1.1", *(f"{name}: {value}" for name, value in named.items())]
    return "\r\n".join(lines).encode() + HEAD_END + body


class Wire:
    """Connections to the service, and what came of all requests.

    Attributes:
        statuses: of every answer that was read.
        codes: of those that were problems.
        faults: the same of those of 5xx alone.
        opened: connections on which something was said and perhaps nothing was read.
    """

    def __init__(self, address: str) -> None:
        where = urlsplit(address)
        self._place = (where.hostname or "", where.port or 0)
        self.statuses: Counter[int] = Counter()
        self.codes: Counter[str] = Counter()
        self.faults: Counter[str] = Counter()
        self.opened = 0

    def connect(self, receive_bytes: int = 0) -> socket.socket:
        """A connection; with `receive_bytes` the system takes about so many for it unasked."""
        client = socket.socket()
        client.settimeout(PATIENCE_S)
        if receive_bytes:
            client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_bytes)
        client.connect(self._place)
        return client

    @contextmanager
    def many(
        self, count: int, words: bytes, receive_bytes: int = 0
    ) -> Iterator[list[socket.socket]]:
        """Connections on which these words were said; those that are refused count as well."""
        clients: list[socket.socket] = []
        try:
            for _ in range(count):
                clients.append(self.connect(receive_bytes))
                self.opened += 1
                with suppress(OSError):
                    clients[-1].sendall(words)
            yield clients
        finally:
            for client in clients:
                client.close()

    def ask(self, words: bytes, client: socket.socket | None = None) -> Answer:
        """The answer to a request, on a connection of its own if none is given."""
        began = time.monotonic()
        own = client or self.connect()
        try:
            with suppress(ConnectionError):  # it may have answered and closed before all was sent
                own.sendall(words)
            status, body = read_answer(own, words)
        except (OSError, Broken):
            status, body = NO_ANSWER, b""
        finally:
            if client is None:
                own.close()
        return self.note(Answer(status, body, time.monotonic() - began))

    def heard(self, client: socket.socket, words: bytes) -> Answer:
        """The answer to what was said on this connection before."""
        began = time.monotonic()
        try:
            status, body = read_answer(client, words)
        except (OSError, Broken):
            status, body = NO_ANSWER, b""
        return self.note(Answer(status, body, time.monotonic() - began))

    def at_once(self, requests: Sequence[bytes]) -> list[Answer]:
        """The answers to requests that are sent side by side, in the order of the requests."""
        with ThreadPoolExecutor(len(requests)) as pool:
            return list(pool.map(self.ask, requests))

    def note(self, answer: Answer) -> Answer:
        self.statuses[answer.status] += 1
        if answer.status >= 400:
            self.codes[answer.code] += 1
        if answer.status >= 500:
            self.faults[answer.code or str(answer.status)] += 1
        return answer

    def get(self, path: str) -> Any:
        """The JSON at a path that is there."""
        answer = self.ask(request("GET", path))
        if answer.status != 200:
            raise AssertionError(f"Expected {path} to be there, got {answer}.")
        return answer.json()

    def post(self, path: str, body: Any, kind: str = "application/json") -> Any:
        """The JSON of the answer to a request that is accepted."""
        payload = body if isinstance(body, bytes) else json.dumps(body).encode()
        answer = self.ask(request("POST", path, payload, kind))
        if answer.status not in (200, 202):
            raise AssertionError(f"Expected {path} to accept it, got {answer}.")
        return answer.json()


def read_answer(client: socket.socket, words: bytes) -> tuple[int, bytes]:
    """The status and the body of the next answer; of a long one, all of it is taken."""
    with client.makefile("rb") as stream:
        head = b""
        while not head.endswith(HEAD_END):
            line = stream.readline()
            if not line:
                raise Broken
            head += line
        status = int(head.split(b" ", 2)[1])
        if words.startswith(b"HEAD ") or status in (204, 304):
            return status, b""
        if found := re.search(rb"(?i)\r\ncontent-length: *(\d+)", head):
            return status, _exactly(stream, int(found[1]))
        if b"chunked" in head.lower():
            return status, b"".join(_chunks(stream))
        return status, stream.read()


def _chunks(stream: Any) -> Iterator[bytes]:
    while size := int(stream.readline() or b"x", 16):
        yield _exactly(stream, size + 2)[:-2]
    stream.readline()


def _exactly(stream: Any, size: int) -> bytes:
    found: bytes = stream.read(size)
    if len(found) < size:
        raise Broken
    return found
