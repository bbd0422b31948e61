"""Which methods a path has: HEAD beside every GET, OPTIONS everywhere, and `Allow` complete."""

import asyncio
import re
from collections.abc import Iterable
from contextlib import suppress
from typing import NamedTuple

from starlette.responses import Response
from starlette.routing import BaseRoute, Route, compile_path
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from service.errors import CODES, problem


class Path(NamedTuple):
    """A path's pattern and its methods."""

    pattern: re.Pattern[str]
    methods: frozenset[str]


class Methods:
    """Answers OPTIONS, refuses methods that a path does not have, and answers HEAD by GET.

    The answer to HEAD is that to GET without its body.
    """

    def __init__(self, app: ASGIApp, routes: Iterable[BaseRoute]) -> None:
        self._app = app
        self._paths = [
            Path(compile_path(route.path)[0], frozenset(route.methods or ()))
            for route in routes
            if isinstance(route, Route)
        ]

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or self._is_routed(scope["path"], scope["method"]):
            return await self._app(scope, receive, send)
        if not (allowed := self._allowed(scope["path"])):
            return await self._app(scope, receive, send)
        method, words = scope["method"], {"Allow": ", ".join(sorted(allowed))}
        if method == "OPTIONS":
            return await Response(status_code=204, headers=words)(scope, receive, send)
        if method not in allowed:
            detail = f"Expected one of {words['Allow']} for this path, got {method:.20}."
            request_id = scope["state"]["request_id"]
            return await problem(405, CODES[405], detail, request_id, words)(scope, receive, send)
        await self._head(scope, receive, send)

    def _is_routed(self, path: str, method: str) -> bool:
        """Whether a route has this path and method, as for nearly all requests."""
        return any(method in known.methods and known.pattern.match(path) for known in self._paths)

    def _allowed(self, path: str) -> set[str]:
        found = {m for known in self._paths if known.pattern.match(path) for m in known.methods}
        if "GET" in found:
            found.add("HEAD")
        return found | {"OPTIONS"} if found else found

    async def _head(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Send the head of the answer to GET, and stop GET as soon as it is there."""
        begun = asyncio.Event()

        async def only_head(message: Message) -> None:
            if message["type"] == "http.response.start":
                await send(message)
                await send({"type": "http.response.body", "body": b"", "more_body": False})
                begun.set()

        async def answer() -> None:
            await self._app({**scope, "method": "GET"}, receive, only_head)

        get = asyncio.create_task(answer())
        told = asyncio.create_task(begun.wait())
        await asyncio.wait({get, told}, return_when=asyncio.FIRST_COMPLETED)
        told.cancel()
        if begun.is_set() and not get.done():
            get.cancel()
            with suppress(asyncio.CancelledError):
                await get
        else:
            await get
