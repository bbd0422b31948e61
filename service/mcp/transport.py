"""Streamable HTTP without sessions and streams: a message comes, its answer goes."""

import asyncio
from collections.abc import Iterable

from fastapi import Response
from mcp.server.streamable_http_manager import StreamableHTTPSessionManager
from starlette.routing import BaseRoute
from starlette.types import Message, Scope

from service.mcp.permission import Permission
from service.mcp.server import server_of


class Transport:
    """Hands messages to the protocol's server.

    Args:
        routes: of the API, whose operations are tools.
        most_bytes: of a message, of which the middlewares let no larger one through.
    """

    def __init__(
        self, routes: Iterable[BaseRoute], permission: Permission, most_bytes: int
    ) -> None:
        self._server, self._most_bytes = server_of(routes, permission), most_bytes

    async def answer(self, scope: Scope, body: bytes) -> Response:
        """Returns the answer to a message."""
        come = [body]

        async def receive() -> Message:
            if not come:
                await asyncio.Future()  # whoever waits for the client to leave is cancelled
            return {"type": "http.request", "body": come.pop(), "more_body": False}

        answer = Response()
        pieces: list[bytes] = []

        async def send(message: Message) -> None:
            if message["type"] == "http.response.start":
                answer.status_code = message["status"]
                answer.raw_headers = [*message.get("headers", ())]
            pieces.append(message.get("body", b""))

        # One for each message: what it has begun ends with it, whoever ends it.
        manager = StreamableHTTPSessionManager(
            self._server,
            json_response=True,
            stateless=True,
            max_request_body_size=self._most_bytes,
        )
        async with manager.run():
            await manager.handle_request(scope, receive, send)
        answer.body = b"".join(pieces)
        return answer
