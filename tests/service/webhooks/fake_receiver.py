"""A server on this machine that is called: it counts who comes, and answers any bytes."""

import socket
import ssl
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from socketserver import BaseRequestHandler, ThreadingTCPServer
from typing import NamedTuple

Conduct = Callable[[socket.socket], None]

OK = b"HTTP/1.1 204 No Content\r\n\r\n"


class Request(NamedTuple):
    line: str
    headers: dict[str, str]
    body: bytes


class FakeReceiver:
    """`answers` are sent in turn, the last one stays; a callable does with the socket as it likes.

    Attributes:
        port: where it listens.
        connections: how many came.
        requests: what they said.
        names: by which names they asked for TLS.
    """

    def __init__(self, port: int) -> None:
        self.port = port
        self.connections = 0
        self.requests: list[Request] = []
        self.names: list[str | None] = []
        self.answers: list[bytes | Conduct] = [OK]

    def serve(self, connection: socket.socket) -> None:
        self.requests.append(request_of(connection))
        answer = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        if isinstance(answer, bytes):
            connection.sendall(answer)
        else:
            answer(connection)


def status(code: int, *headers: str, body: bytes = b"") -> bytes:
    head = [f"HTTP/1.1 {code} Whatever", f"Content-Length: {len(body)}", *headers]
    return "\r\n".join([*head, "", ""]).encode() + body


def request_of(connection: socket.socket) -> Request:
    came = b""
    while b"\r\n\r\n" not in came:
        came += more(connection)
    head, _, body = came.partition(b"\r\n\r\n")
    line, *rest = head.decode().split("\r\n")
    headers = {name.lower(): value for name, _, value in (row.partition(": ") for row in rest)}
    while len(body) < int(headers.get("content-length", 0)):
        body += more(connection)
    return Request(line, headers, body)


def more(connection: socket.socket) -> bytes:
    """What came next.

    Raises:
        ConnectionError: nothing did, and nothing will.
    """
    if not (came := connection.recv(65_536)):
        raise ConnectionError
    return came


@contextmanager
def receiving(host: str = "127.0.0.1", tls: ssl.SSLContext | None = None) -> Iterator[FakeReceiver]:
    class Handler(BaseRequestHandler):
        def handle(self) -> None:
            receiver.connections += 1
            # Whom it talks to may hang up at any time, and in many tests should.
            with suppress(OSError), ExitStack() as stack:
                wrapped = tls and stack.enter_context(tls.wrap_socket(self.request, True))
                receiver.serve(wrapped or self.request)

    class Server(ThreadingTCPServer):
        daemon_threads = True
        allow_reuse_address = True

    with Server((host, 0), Handler) as server:
        receiver = FakeReceiver(server.server_address[1])
        if tls:
            tls.sni_callback = lambda _socket, name, _context: receiver.names.append(name)
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        try:
            yield receiver
        finally:
            server.shutdown()
            thread.join()
