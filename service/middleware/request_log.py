"""The id by which an answer and the log name a request, and what is told of it when it ends."""

import logging
import secrets
import time
from contextvars import ContextVar

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from service.middleware.access import PROBES
from service.telemetry.requests import Requests

PATH_CHARACTERS = 200  # of a path that a line shows; a query is never shown, a key may be in it

FORMAT = "%(asctime)s %(levelname)s %(name)s: %(request)s%(message)s"
# Of the request on whose behalf something is done; also in the threads that are given a part of it.
current_request: ContextVar[str] = ContextVar("current_request", default="")

log = logging.getLogger(__name__)


def name_requests(record: logging.LogRecord) -> bool:
    """Give a line of the log the id of the request in whose course it is written, if it is in one;
    a filter that keeps all lines."""
    record.request = f"{request_id} " if (request_id := current_request.get()) else ""
    return True


def configure() -> None:
    """Have this process log what it does, and each line begin with its request's id."""
    logging.basicConfig(level="INFO", format=FORMAT)
    for handler in logging.getLogger().handlers:
        handler.addFilter(name_requests)


class AccessLog:
    """Gives every request an id, also in the answer's `X-Request-ID`, and when it ends, a line in
    the log and a place among those that are counted."""

    def __init__(self, app: ASGIApp, requests: Requests) -> None:
        self._app, self._requests = app, requests

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            return await self._app(scope, receive, send)
        request_id, began = secrets.token_hex(8), time.perf_counter()
        status = size = 0
        scope.setdefault("state", {})["request_id"] = request_id
        current_request.set(request_id)  # not taken back: who answers a failure stands further out

        async def send_with_id(message: Message) -> None:
            nonlocal status, size
            if message["type"] == "http.response.start":
                status = message["status"]
                message["headers"].append((b"x-request-id", request_id.encode()))
            size += len(message.get("body", b""))
            await send(message)

        self._requests.begin()
        try:
            await self._app(scope, receive, send_with_id)
        except Exception:
            status = status or 500  # as the outermost layer is going to answer
            raise
        finally:
            took_s = time.perf_counter() - began
            self._requests.end(scope, status, took_s)
            if status != 200 or scope["path"] not in PROBES:
                code = scope["state"].get("problem", "")
                log.info(
                    "%s %s %d%s %d bytes %.1f ms",
                    *(scope["method"], shown(scope), status, code and f" {code}"),
                    *(size, 1e3 * took_s),
                )


def shown(scope: Scope) -> str:
    """The path as it came, still encoded, and cut where it is long."""
    path: str = scope.get("raw_path", b"").decode("ascii", "replace")
    return path if len(path) <= PATH_CHARACTERS else f"{path[:PATH_CHARACTERS]}…"
