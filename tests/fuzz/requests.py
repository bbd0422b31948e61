"""Readers of what a request has beside the files: its head, its form, its parameters."""

from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import httpx
from fastapi import Depends, FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from service.app import create_app
from service.deps import After, Limit
from service.errors import validation_error
from service.outbound.address_guard import Receiver, Target
from service.requests.asked_import import AskedDep
from service.requests.parameters import known_parameters
from service.requests.pieces import announced, filename_of
from service.requests.sent_pictures import parts_of
from service.requests.uploads import sink_of
from service.responses.etags import unless_known
from service.responses.negotiation import preferred
from service.settings import ServiceSettings
from service.webhooks.answer import DAY_S, seconds_of
from tests.fuzz.wire import PIECES, cut, done, messages
from worker.errors import WorkerError
from worker.jobs.events import event_id

BOUNDARY = b"multipart/form-data; boundary=xx\n"
PATHS = ("/", "/v1/limits", "/v1/recipes", "/livez", "/v1/uploads", "/nowhere/")


class Taken:
    """An upload that is kept in memory."""

    def __init__(self) -> None:
        self.files: list[tuple[str, bytearray]] = []
        self.bytes = 0

    def begin(self, name: str) -> None:
        self.files.append((name, bytearray()))

    def write(self, block: bytes) -> None:
        self.files[-1][1].extend(block)
        self.bytes += len(block)


def form(body: bytes) -> None:
    """An upload: a line with its type, then a form, or a file alone."""
    head, _, content = body.partition(b"\n")
    kind = head.decode("latin-1")
    assert taken(kind, cut(content, 1)) == taken(kind, cut(content, PIECES))


def taken(content_type: str, pieces: list[bytes]) -> object:
    upload: Any = Taken()
    sink = sink_of(content_type, upload)
    for piece in pieces:
        sink.write(piece)
    sink.close()
    return upload.files


def pictures(body: bytes) -> None:
    """A form of pictures to be looked at: a line with its type, then its parts."""
    head, _, content = body.partition(b"\n")
    scope = {"type": "http", "app": None, "headers": [(b"content-type", head)]}
    found = done(parts_of(Request(scope, messages([content]))))
    assert found
    assert sum(len(part.data) for part in found if isinstance(part.data, bytes)) <= len(content)


def headers(body: bytes) -> None:
    """What is read of single headers, one in each line."""
    for line in body.decode("latin-1").split("\n"):
        for read in (filename_of, announced, event_id):
            try:
                read(line)
            except WorkerError as error:
                str(error).encode()


def answer(body: bytes) -> None:
    """When a receiver of webhooks says that it is to be tried again."""
    assert 0 <= seconds_of(body.decode("latin-1")) <= DAY_S


def address(body: bytes) -> None:
    """A URL, which others must read as we do if it is taken."""
    text = body.decode(errors="replace")
    try:
        target = Target.of(text)
        Receiver.of(text)
    except ValueError:
        return
    theirs = httpx.URL(text)
    assert theirs.host.lower() == target.host == urlsplit(text).hostname
    assert (theirs.port or target.port) == target.port


def query(body: bytes) -> None:
    """The parameters of an upload, and of a list."""
    assert asked(asking(), "/", body, []) in (200, 422)


def head(body: bytes) -> None:
    """A query and headers, one in each line, on their way through all that each request passes."""
    first, *lines = body.split(b"\n")
    named = [
        (name.strip().lower(), value.strip())
        for name, _, value in (line.partition(b":") for line in lines)
    ]
    path = PATHS[len(first) % len(PATHS)]
    assert 200 <= asked(passing(), path, first, [(b"host", b"localhost"), *named]) < 500


def asked(app: ASGIApp, path: str, question: bytes, said: list[tuple[bytes, bytes]]) -> int:
    """Returns the status of the answer."""
    answers: list[Message] = []
    scope = {
        "type": "http",
        "http_version": "1.1",
        "method": "GET",
        "scheme": "http",
        "path": path,
        "raw_path": path.encode(),
        "query_string": question,
        "headers": said,
        "client": ("127.0.0.1", 1),
        "server": ("127.0.0.1", 8000),
        "state": {"request_id": "1"},
    }

    async def send(message: Message) -> None:
        answers.append(message)

    done(app(scope, messages([]), send))
    return int(answers[0]["status"])


@cache
def asking() -> FastAPI:
    """An application of one route, which is served without threads."""
    app = FastAPI(dependencies=[Depends(known_parameters)])

    @app.get("/")
    async def show(asked: AskedDep, limit: Limit = 50, after: After = None) -> Response:
        return Response(repr(asked).encode())

    @app.exception_handler(RequestValidationError)
    async def refuse(request: Request, error: RequestValidationError) -> Response:
        return validation_error(request, error)

    return app


@cache
def passing() -> ASGIApp:
    """All that a request passes, and an answer behind it."""
    settings = ServiceSettings(
        data_dir=Path("/nowhere"),
        redis_url="redis://localhost:1",
        trusted_proxies=("127.0.0.1",),
        allowed_origins=("https://cats.example",),
    )
    app: ASGIApp = answering
    for own in reversed(create_app(settings).user_middleware):
        app = own.cls(app, *own.args, **own.kwargs)
    return app


async def answering(scope: Scope, receive: Receive, send: Send) -> None:
    request = Request(scope)
    kind = preferred(request, ["text/html", "application/json"])
    await unless_known(request, b"{}", kind)(scope, receive, send)


def forms() -> list[bytes]:
    part = b'--xx\r\nContent-Disposition: form-data; name="file"; filename="a.csv"\r\n\r\n1,2\r\n'
    return [
        BOUNDARY + part + b"--xx--\r\n",
        BOUNDARY + part + part.replace(b"a.csv", b"\xc3\xa9.csv") + b"--xx--",
        b"application/octet-stream\nPK",
    ]


def forms_of_pictures() -> list[bytes]:
    return [each.replace(b'"file"', b'"image"') for each in forms()[:2]]


def lines() -> list[bytes]:
    return [b"filename Y2F0LnppcA==,type aW1hZ2U=", b"sha1 Kq5sNclPz7QV2+lfQIuc6R7oRu0=",
            b"1795364200765-0\nsha256 ", b"filename 4pyT\n0-0"]  # fmt: skip


def answers() -> list[bytes]:
    return [b"120", b"Wed, 21 Oct 2026 07:28:00 GMT", b"Wednesday, 21-Oct-26 07:28:00 +0100"]


def addresses() -> list[bytes]:
    return [b"https://cats.example/a?b=c", b"http://[2001:db8::1]:8080/", b"https://10.0.0.1:443"]


def queries() -> list[bytes]:
    return [
        b"name=cats&image_size=64&resize=crop&dry_run=true&limit=3",
        b"label=y&leave_out=a&leave_out=b%20c&after=ds_1",
        b"channel_order=bgr&x=a/b&y=%C3%A9",
        b"nmae=cats",
    ]


def heads() -> list[bytes]:
    return [
        b"\nAccept: text/html\nX-Forwarded-For: 1.2.3.4, 5.6.7.8\nX-Forwarded-Proto: https",
        b"a=b\nIf-None-Match: \"x\", W/\"y\"\nOrigin: https://cats.example\nX-Request-ID: 1",
        b"\nContent-Encoding: gzip\nContent-Length: 3\nContent-Type: a/b; c=d; e=\"f\"",
        b"\nTus-Resumable: 1.0.0\nX-Forwarded-Prefix: /a/b\nAuthorization: Bearer x",
    ]  # fmt: skip
