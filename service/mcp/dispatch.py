"""Requests to the API from within, through every layer that one from outside passes."""

import asyncio
from typing import NamedTuple

import httpx
from fastapi import FastAPI
from pydantic_core import to_json

from service.mcp.operations import BYTES, JSON, Asking

# Of the caller's request: who it is, where it comes from, and by which name it knows the service.
PASSED_ON = ("authorization", "cookie", "host", "origin", "sec-fetch-site")


class Reply(NamedTuple):
    """What the API answered."""

    status: int
    kind: str
    body: bytes


class Api:
    """The API as one caller may use it: keys, limits, validation, counts and the log are those of
    requests from outside.

    Args:
        headers: of the caller's request.
        client: its address.
    """

    def __init__(self, app: FastAPI, headers: httpx.Headers, client: tuple[str, int]) -> None:
        self._transport = httpx.ASGITransport(app, raise_app_exceptions=False, client=client)
        self._headers = {name: headers[name] for name in PASSED_ON if name in headers}

    async def ask(self, asking: Asking) -> Reply:
        """Returns what is answered to a request."""
        # A task has a context of its own, and so the log an id of its own.
        return await asyncio.create_task(self._reply(asking))

    async def _reply(self, asking: Asking) -> Reply:
        headers = self._headers | asking.headers | {"accept": JSON}
        content = asking.body
        if content is not None:
            kind = BYTES if isinstance(content, bytes) else JSON
            headers["content-type"] = kind
            content = content if isinstance(content, bytes) else to_json(content)
        url = httpx.URL("http://api").copy_with(path=asking.path, params=asking.query)
        request = httpx.Request(asking.method, url, headers=headers, content=content)
        answer = await self._transport.handle_async_request(request)
        body = await answer.aread()
        kind = answer.headers.get("content-type", "").partition(";")[0]
        return Reply(answer.status_code, kind, body)
