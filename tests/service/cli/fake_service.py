"""A real HTTP server that answers what a test tells it, and remembers what it was asked."""

import json
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from io import BufferedIOBase
from typing import Any, NamedTuple

JSON = "application/json"
PROBLEM = "application/problem+json"


class Request(NamedTuple):
    method: str
    target: str
    headers: dict[str, str]
    body: bytes


class Answer(NamedTuple):
    status: int
    kind: str
    body: bytes
    headers: Mapping[str, str] = {}


class FakeService:
    """`answers` maps "GET /v1/jobs" to what comes next; the last answer stays. `requests` grow.
    Of each body `cut` bytes at the end do not come. A file that comes in pieces is in `uploaded`,
    and becomes what "POST /v1/datasets" says."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.answers: dict[str, list[Answer]] = {}
        self.requests: list[Request] = []
        self.uploaded = b""
        self.cut = 0

    def say(self, route: str, body: object, status: int = 200, kind: str = JSON) -> None:
        raw = body if isinstance(body, bytes) else json.dumps(body).encode()
        self.answers.setdefault(route, []).append(Answer(status, kind, raw))

    def refuse(self, route: str, status: int, problem: dict[str, Any]) -> None:
        self.say(route, problem, status, PROBLEM)

    def asked(self, method: str) -> list[Request]:
        return [request for request in self.requests if request.method == method]

    def answer(self, request: Request) -> Answer:
        self.requests.append(request)
        path, _, _ = request.target.partition("?")
        if path.startswith("/v1/uploads"):
            return self._uploading(request)
        answers = self.answers.get(f"{request.method} {path}")
        if not answers:
            detail = f"Nothing is at {path}."
            return Answer(404, PROBLEM, json.dumps({"code": "x", "detail": detail}).encode())
        return answers.pop(0) if len(answers) > 1 else answers[0]

    def _uploading(self, request: Request) -> Answer:
        (made,) = self.answers["POST /v1/datasets"]
        if made.status >= 400:
            return made
        known = {"name": "x", **json.loads(made.body)}
        name = known["id"]
        if request.method == "POST":
            self.uploaded, self._length = b"", int(request.headers["Upload-Length"])
            return Answer(201, JSON, b"", {"Location": f"/v1/uploads/{name}"})
        assert int(request.headers["Upload-Offset"]) == len(self.uploaded)
        self.uploaded += request.body
        if len(self.uploaded) == self._length:
            become = Answer(200, JSON, json.dumps(known).encode())
            self.answers.setdefault(f"GET /v1/datasets/{name}", []).insert(0, become)
        return Answer(204, JSON, b"", {"Upload-Offset": str(len(self.uploaded))})


def chunks(stream: BufferedIOBase) -> Iterator[bytes]:
    """Yields a body that comes in chunks."""
    while size := int(stream.readline(), 16):
        yield stream.read(size)
        stream.readline()
    stream.readline()


@contextmanager
def serving() -> Iterator[FakeService]:
    class Handler(BaseHTTPRequestHandler):
        def handle_one(self) -> None:
            length = int(self.headers.get("Content-Length", 0))
            chunked = self.headers.get("Transfer-Encoding") == "chunked"
            body = b"".join(chunks(self.rfile)) if chunked else self.rfile.read(length)
            answer = fake.answer(Request(self.command, self.path, dict(self.headers), body))
            self.send_response(answer.status)
            self.send_header("Content-Type", answer.kind)
            self.send_header("Content-Length", str(len(answer.body)))
            for name, value in answer.headers.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(answer.body[: len(answer.body) - fake.cut])

        do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = handle_one  # noqa: N815 - the base class looks for these names

        def log_message(self, *args: object) -> None:
            """Say nothing; `requests` has it all."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        fake = FakeService(f"http://127.0.0.1:{server.server_port}")
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        try:
            yield fake
        finally:
            server.shutdown()
            thread.join()
