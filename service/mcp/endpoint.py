"""Requests to `/mcp`: one message each, answered as JSON, of which nothing is kept."""

import asyncio
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING

from fastapi import Request, Response
from starlette.concurrency import run_in_threadpool
from starlette.routing import BaseRoute

from service.access.rules import Rules
from service.mcp.permission import Permission
from service.requests.presence import while_present
from service.settings import ServiceSettings
from worker.errors import TooBusy, TooLarge

if TYPE_CHECKING:
    from service.mcp.transport import Transport


# In lists and objects of a message. All others wait while it is parsed, and four megabytes may have
# more of them than can be read in half a second.
MOST_VALUES = 50_000


class Endpoint:
    """Answers requests, so many at a time.

    Args:
        rules: what a key needs for each of them.
        routes: of the API, whose operations are tools.

    Attributes:
        under_way: how many there are now.
    """

    def __init__(
        self, settings: ServiceSettings, rules: Rules, routes: Sequence[BaseRoute]
    ) -> None:
        self._routes = routes
        self._permission, self._most = Permission(settings, rules), settings.max_mcp_calls
        self._most_bytes = settings.max_mcp_bytes
        self._transport: Transport | None = None
        self._loading = asyncio.Lock()
        self.under_way = 0

    async def answer(self, request: Request) -> Response:
        """Returns the answer to a message; what it began ends when the client leaves.

        Raises:
            TooBusy: there are as many as there may be.
            TooLarge: the message has too many values.
            ClientLeft: the client has left.
        """
        with self._slot():
            body = await request.body()
            refuse_many_values(body)
            transport = await self._loaded()
            return await while_present(request, transport.answer(request.scope, body))

    @contextmanager
    def _slot(self) -> Iterator[None]:
        if self.under_way >= self._most:
            raise TooBusy(
                f"Expected at most {self._most} requests to /mcp at a time, got one more. Try "
                "again shortly."
            )
        self.under_way += 1
        try:
            yield
        finally:
            self.under_way -= 1

    async def _loaded(self) -> "Transport":
        async with self._loading:
            if self._transport is None:
                self._transport = await run_in_threadpool(self._load)
            return self._transport

    def _load(self) -> "Transport":
        # Not above: its library takes a second and 20 MB, which only those pay who ask for it.
        from service.mcp.transport import Transport

        return Transport(self._routes, self._permission, self._most_bytes)


def refuse_many_values(body: bytes) -> None:
    """Refuse a message that takes long to parse, however few bytes it has.

    Raises:
        TooLarge: it has too many values.
    """
    if sum(map(body.count, (b",", b"[", b"{"))) > MOST_VALUES:
        raise TooLarge(
            f"Expected a message of at most {MOST_VALUES:,} values, got more. Send pictures as "
            "base64, and many rows to POST /v1/predict."
        )
