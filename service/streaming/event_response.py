"""An event stream as an answer (server-sent events)."""

import logging
from collections.abc import AsyncIterator, Mapping

from sse_starlette.sse import EventSourceResponse, SendTimeoutError
from starlette.types import Receive, Scope, Send

PING_S = 15  # between comments that keep a quiet connection open
STALL_S = 30  # that a client may take nothing at all
# For the last event, when the service is told to stop. Then the library cuts its streams off;
# service.server.server ends them in order before.
FAREWELL_S = 0.4
HEADERS = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}

log = logging.getLogger(__name__)


class EventResponse(EventSourceResponse):
    """Sends events, and lets a client go that takes nothing for `stall_s` seconds."""

    def __init__(
        self,
        payloads: AsyncIterator[bytes],
        stall_s: float = STALL_S,
        headers: Mapping[str, str] = {},
    ) -> None:
        super().__init__(
            payloads,
            headers={**HEADERS, **headers},
            ping=PING_S,
            sep="\n",
            send_timeout=stall_s,
            shutdown_grace_period=FAREWELL_S,
        )
        self._stall_s = stall_s

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        try:
            await super().__call__(scope, receive, send)
        except* SendTimeoutError:
            log.warning("%s: the client took nothing for %s s", scope["path"], self._stall_s)
