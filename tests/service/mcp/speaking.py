"""Speaks to `/mcp` as programs with language models do: by the protocol's own client."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any, TypeVar

import httpx
import httpx2
from mcp import Client
from mcp.client.streamable_http import streamable_http_client
from mcp_types import CallToolResult, ImageContent, TextContent, Tool

from worker.jsontypes import Json

T = TypeVar("T")
PATIENCE_S = 60  # the first to ask waits until the library is there
ERAS = ("2025-11-25", "2026-07-28")  # by a handshake; by an envelope around each request


class Speaker:
    """A client of one address.

    Args:
        key: that it shows, if any.
        mode: how it finds the version of the protocol.
    """

    def __init__(self, address: str, key: str | None = None, mode: str = "auto") -> None:
        self._url = f"{address.rstrip('/')}/mcp"
        self._headers = {"authorization": f"Bearer {key}"} if key else {}
        self._mode = mode

    def tools(self) -> dict[str, Tool]:
        async def listed(client: Client) -> dict[str, Tool]:
            return {tool.name: tool for tool in (await client.list_tools()).tools}

        return self.speak(listed)

    def call(self, name: str, **arguments: Any) -> CallToolResult:
        async def called(client: Client) -> CallToolResult:
            return await client.call_tool(name, arguments)

        return self.speak(called)

    def told(self, name: str, **arguments: Any) -> Json:
        """The JSON that a tool answers."""
        result = self.call(name, **arguments)
        assert not result.is_error, result.content
        told: Json = result.structured_content
        return told

    def refused(self, name: str, **arguments: Any) -> str:
        """The words in which a tool says that it does not."""
        result = self.call(name, **arguments)
        assert result.is_error
        return words(result)

    def speak(self, say: Callable[[Client], Awaitable[T]]) -> T:
        async def spoken() -> T:
            http = httpx2.AsyncClient(headers=self._headers, timeout=PATIENCE_S, trust_env=False)
            async with http, Client(self._transport(http), mode=self._mode) as client:
                return await say(client)

        return asyncio.run(spoken())

    def _transport(self, http: httpx2.AsyncClient) -> Any:
        return streamable_http_client(self._url, http_client=http)


def at(http: httpx.Client, key: str | None = None, mode: str = "auto") -> Speaker:
    """A speaker to the service that this client asks."""
    return Speaker(str(http.base_url), key, mode)


def words(result: CallToolResult) -> str:
    """The first text of a result."""
    return texts(result)[0]


def texts(result: CallToolResult) -> list[str]:
    return [block.text for block in result.content if isinstance(block, TextContent)]


def images(result: CallToolResult) -> list[str]:
    """The pictures of a result, in base64."""
    return [block.data for block in result.content if isinstance(block, ImageContent)]


def message(method: str, **params: Any) -> Json:
    return {"jsonrpc": "2.0", "id": 1, "method": method, "params": params}


def post(http: httpx.Client, body: Any, **headers: str) -> httpx.Response:
    """Sends a message as no client of the library would."""
    said = {"accept": "application/json, text/event-stream", **headers}
    return http.post("/mcp", json=body, headers=said, timeout=PATIENCE_S)
