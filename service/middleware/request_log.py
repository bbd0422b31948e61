"""An id for each request, and a line in the log when it ends."""

import logging
import secrets
import time
from contextvars import ContextVar

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from service.middleware.access import PROBES
from service.telemetry.requests import Requests
from worker.system import log_format
from worker.system.trace import TRACEPARENT, Trace, current_trace, trace_of

# Of a path that a line shows. The query is never shown, since somebody may have put the key in it.
PATH_CHARACTERS = 200

FORMAT = "%(asctime)s %(levelname)s %(name)s: %(request)s%(message)s"
# The id of the request that this code works for; threads that work for it see the same value.
current_request: ContextVar[str] = ContextVar("current_request", default="")

log = logging.getLogger(__name__)


def name_requests(record: logging.LogRecord) -> bool:
    """Put the id of the current request, if there is one, into a line of the log.

    It is a logging filter, and returns True so that every line is kept.
    """
    record.request = f"{request_id} " if (request_id := current_request.get()) else ""
    return True


def configure(kind: str) -> None:
    """Log to stderr, as `text` or as `json`; each line that belongs to a request has its id."""
    log_format.configure(kind, FORMAT)
    logging.getLogger("httpx").setLevel("WARNING")  # who asks tells what came of it
    for handler in logging.getLogger().handlers:
        handler.addFilter(name_requests)


class AccessLog:
    """Gives each request an id, and logs and counts it when it ends.

    The answer has the id in `X-Request-ID`.
    """

    def __init__(self, app: ASGIApp, requests: Requests) -> None:
        self._app, self._requests = app, requests

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            return await self._app(scope, receive, send)
        request_id, began = secrets.token_hex(8), time.perf_counter()
        status = size = 0
        scope.setdefault("state", {})["request_id"] = request_id
        current_request.set(request_id)  # not reset: an outer layer answers failures
        current_trace.set(trace_of_request(scope))

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
            status = status or 500  # what the outermost layer will answer
            raise
        finally:
            note(self._requests, scope, status, size, time.perf_counter() - began)


def trace_of_request(scope: Scope) -> Trace | None:
    """Returns the place of a request in the trace of who asks; None where none was sent, or two."""
    sent = [value for name, value in scope["headers"] if name == TRACEPARENT.encode()]
    trace = trace_of(sent[0].decode("latin-1")) if len(sent) == 1 else None
    return trace and trace.child()


def note(requests: Requests, scope: Scope, status: int, size: int, took_s: float) -> None:
    """Count a request that has ended, and log it.

    Args:
        size: bytes of the answer.
    """
    requests.end(scope, status, took_s)
    if status != 200 or scope["path"] not in PROBES:
        code = scope["state"].get("problem", "")
        log.info(
            "%s %s %d%s %d bytes %.1f ms",
            *(scope["method"], shown(scope), status, code and f" {code}"),
            *(size, 1e3 * took_s),
        )


def shown(scope: Scope) -> str:
    """Returns the path as it came, still encoded, and cut to PATH_CHARACTERS."""
    path: str = scope.get("raw_path", b"").decode("ascii", "replace")
    return path if len(path) <= PATH_CHARACTERS else f"{path[:PATH_CHARACTERS]}…"
