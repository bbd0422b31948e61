"""Files that the service fetches from other servers, a block at a time."""

import asyncio
import ssl
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import aclosing
from functools import cached_property
from typing import Any

import httpcore
import httpx

from service import __version__
from service.outbound.address_guard import AddressGuard, Target, Use
from service.outbound.network import FAULTS, GuardedNetwork, Resolve, reason, resolved, url_of
from service.settings import ServiceSettings
from worker.errors import FetchFailed, LimitExceeded

FILES = Use(
    what="a file",
    pointer="/url",
    hosts="PURR_IMPORT_HOSTS",
    private="PURR_IMPORT_PRIVATE",
    off="Expected the file itself, since no files are fetched here. Send it, or set "
    "PURR_IMPORT_HOSTS to the hosts that files may come from.",
)
CONNECT_S = 5.0


class Fetcher:
    """Fetches from the hosts that the settings name."""

    def __init__(self, settings: ServiceSettings, resolve: Resolve = resolved) -> None:
        self._settings = settings
        self._guard = AddressGuard(FILES, settings.import_hosts, settings.import_private)
        self._network = GuardedNetwork(self._guard, resolve)

    async def fetch(self, url: str, take: Callable[[bytes], Awaitable[None]]) -> None:
        """Fetch a file, and have its bytes taken as they come.

        Raises:
            InvalidParameter: files may not come from there.
            FetchFailed: the server gives no file, or only a part of it.
            LimitExceeded: it takes longer than it may.
        """
        target = self._guard.check(url)
        most_s = self._settings.import_fetch_s
        try:
            async with asyncio.timeout(most_s), aclosing(self._answered(target)) as blocks:
                async for block in blocks:
                    await take(block)
        except TimeoutError as error:
            raise LimitExceeded(
                f"Expected a file that is fetched within {most_s:,} s, but this one takes longer. "
                "Send it yourself, or raise PURR_IMPORT_FETCH_S.",
                "/url",
            ) from error

    async def _answered(self, target: Target) -> AsyncGenerator[bytes]:
        """Yields the bytes of the file."""
        stall_s = float(self._settings.stall_timeout_s)
        timeouts = {"connect": CONNECT_S, "read": stall_s, "write": stall_s, "pool": stall_s}
        headers = {
            "host": target.authority,
            "accept-encoding": "identity",
            "connection": "close",
            "user-agent": f"Purrceptron/{__version__}",
        }
        ask: Any = {"headers": headers, "extensions": {"timeout": timeouts}}
        try:
            # httpcore follows no redirects and uses no proxies or cookies; a client of httpx may.
            async with (
                httpcore.AsyncConnectionPool(self._tls, network_backend=self._network) as pool,
                pool.stream("GET", url_of(target), **ask) as response,
            ):
                if response.status != 200:
                    raise FetchFailed(refusal(response), "/url")
                async for block in response.aiter_stream():
                    yield block
        except FAULTS as error:
            raise FetchFailed(
                f"Expected a file. {reason(error, 'server')} Try again, or send it yourself.",
                "/url",
            ) from error

    @cached_property
    def _tls(self) -> ssl.SSLContext:
        return httpx.create_ssl_context()


def refusal(response: httpcore.Response) -> str:
    """Returns why an answer is not the file."""
    if 300 <= response.status < 400:
        return (
            f"Expected the file, but the server sends us on ({response.status}), and nobody is "
            "followed. Give the address that it sends to."
        )
    return f"Expected the file with status 200, got {response.status}. Give an address that has it."
