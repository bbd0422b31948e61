"""The id by which an answer and the log name a request, and what is told of it when it ends."""

import logging
import secrets
import time

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from service.auth import PROBES
from service.telemetry.requests import Requests

PATH_CHARACTERS = 200  # of a path that a line shows; a query is never shown, a key may be in it

log = logging.getLogger(__name__)


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
            status = status or 500  # as the outermost room is going to answer
            raise
        finally:
            took_s = time.perf_counter() - began
            self._requests.end(scope, status, took_s)
            if status != 200 or scope["path"] not in PROBES:
                log.info(
                    "%s %s %s %d %d bytes %.1f ms",
                    *(request_id, scope["method"], shown(scope), status, size, 1e3 * took_s),
                )


def shown(scope: Scope) -> str:
    """The path as it came, still encoded, and cut where it is long."""
    path: str = scope.get("raw_path", b"").decode("ascii", "replace")
    return path if len(path) <= PATH_CHARACTERS else f"{path[:PATH_CHARACTERS]}…"
