"""The door: a client of one service."""

from __future__ import annotations

import os
import re
from importlib.metadata import version
from typing import Self

import httpx

from purrceptron.calling import M
from purrceptron.datasets import Datasets
from purrceptron.jobs import Jobs
from purrceptron.keys import Keys
from purrceptron.models import Models
from purrceptron.requests import Requests
from purrceptron.session import Session
from purrceptron.transport import Async, Sync

URL = "http://127.0.0.1:8000"
LOOPBACK = {"127.0.0.1", "localhost", "::1"}
TIMEOUT_S, PATIENCE_S = 60, 120
KEY = re.compile("[!-~]([ -~]*[!-~])?")  # what a header may have


class Rooms(Requests[M]):
    """What a client can be asked for."""

    def __init__(self, session: Session[M]) -> None:
        self._session = session
        self.datasets = Datasets(session)
        self.jobs = Jobs(session)
        self.models = Models(session)
        self.keys = Keys(session)


class Client(Rooms[Sync]):
    """A client of one service, whose calls return when they are done.

    Args:
        url: of the service; by default PURR_URL of the environment, or port 8000 of this machine.
        key: that the service asks for; by default PURR_API_KEY of the environment, which goes to no
            other address than the default one.
        timeout_s: how long the service may keep silent.
        patience_s: how long a call is tried again while the service is away or busy, as far as
            that is safe. An address at which nothing has ever answered is not tried again.
        http: an HTTP client of your own, for proxies and certificates, which you close.
    """

    def __init__(
        self,
        url: str | None = None,
        key: str | None = None,
        *,
        timeout_s: float = TIMEOUT_S,
        patience_s: float = PATIENCE_S,
        http: httpx.Client | None = None,
    ) -> None:
        at, headers = _address(url), _headers(url, key)
        self._http, self._mine = http or httpx.Client(trust_env=_leads_out(at)), http is None
        super().__init__(Session(Sync(self._http), at, headers, timeout_s, patience_s))

    def close(self) -> None:
        """Lets the connections go."""
        if self._mine:
            self._http.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


class AsyncClient(Rooms[Async]):
    """The same for asyncio: every call is awaited, and what is a list is iterated by `async for`.

    Args:
        url, key, timeout_s, patience_s, http: as of `Client`.
    """

    def __init__(
        self,
        url: str | None = None,
        key: str | None = None,
        *,
        timeout_s: float = TIMEOUT_S,
        patience_s: float = PATIENCE_S,
        http: httpx.AsyncClient | None = None,
    ) -> None:
        at, headers = _address(url), _headers(url, key)
        self._http, self._mine = http or httpx.AsyncClient(trust_env=_leads_out(at)), http is None
        super().__init__(Session(Async(self._http), at, headers, timeout_s, patience_s))

    async def close(self) -> None:
        """Lets the connections go."""
        if self._mine:
            await self._http.aclose()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.close()


def _address(url: str | None) -> str:
    """Returns where the service is.

    Raises:
        ValueError: that is no address.
    """
    at = (url or os.environ.get("PURR_URL") or URL).rstrip("/")
    if set(at) & set("@?#"):  # not shown: what stands there may be a secret
        raise ValueError(
            f"Expected an address such as {URL}, with no name, password, query or fragment in it. "
            "The key is an argument of its own."
        )
    try:
        known = httpx.URL(at)
    except httpx.InvalidURL as error:
        raise ValueError(f"Expected an address such as {URL}, got {at!r}: {error}.") from error
    if known.scheme not in ("http", "https") or not known.host:
        raise ValueError(f"Expected an address such as {URL}, got {at!r}.")
    return at


def _leads_out(at: str) -> bool:
    """Whether proxies of the environment count: they lead out of this machine, never to its
    loopback."""
    return httpx.URL(at).host not in LOOPBACK


def _headers(url: str | None, key: str | None) -> dict[str, str]:
    """Returns what every request says. The environment's key is for the environment's address.

    Raises:
        ValueError: the key cannot be in a header.
    """
    said = {"User-Agent": f"purrceptron/{version('purrceptron')}"}
    if key := key or (None if url else os.environ.get("PURR_API_KEY")):
        if not KEY.fullmatch(key):
            raise ValueError(
                "Expected a key of letters, digits and signs of ASCII, and no blank at an end."
            )
        said["Authorization"] = f"Bearer {key}"
    return said
