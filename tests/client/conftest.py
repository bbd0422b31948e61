"""What tests of the client may ask for."""

import asyncio
from collections.abc import Callable, Iterator
from types import SimpleNamespace
from typing import Any

import httpx
import pytest

import purrceptron.patience
import purrceptron.records
import purrceptron.transport
from purrceptron import AsyncClient, Client
from tests.client.scripted import URL, Scripted
from tests.service.conftest import changed, datasets, http, known, root

__all__ = ["changed", "datasets", "http", "known", "root"]  # fixtures

# Has a client do something: `do(lambda client: client.jobs.get("job_1"))`.
Do = Callable[[Callable[[Any], Any]], Any]


@pytest.fixture
def service() -> Scripted:
    return Scripted()


@pytest.fixture
def slept(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """For how long clients have slept, by a clock on which nothing else takes time."""
    found: list[float] = []

    async def sleep(seconds: float) -> None:
        found.append(seconds)

    clock = SimpleNamespace(sleep=found.append, monotonic=lambda: sum(found))
    for module in (purrceptron.patience, purrceptron.records, purrceptron.transport):
        monkeypatch.setattr(module, "time", clock)
    monkeypatch.setattr(purrceptron.transport.Async, "sleep", staticmethod(sleep))
    return found


@pytest.fixture
def purr(service: Scripted) -> Iterator[Client]:
    with httpx.Client(transport=httpx.MockTransport(service)) as http:
        yield Client(URL, "a-key", patience_s=5, http=http)


@pytest.fixture(params=["waiting", "awaited"])
def do(request: pytest.FixtureRequest, service: Scripted, purr: Client) -> Do:
    """By both kinds of clients; what is a stream comes as a list."""

    def waiting(use: Callable[[Any], Any]) -> Any:
        found = use(purr)
        return list(found) if isinstance(found, Iterator) else found

    async def awaited(use: Callable[[Any], Any]) -> Any:
        async with httpx.AsyncClient(transport=httpx.MockTransport(service)) as http:
            found = use(AsyncClient(URL, "a-key", patience_s=5, http=http))
            if hasattr(found, "__aiter__"):
                return [each async for each in found]
            return await found

    if request.param == "waiting":
        return waiting
    return lambda use: asyncio.run(awaited(use))
