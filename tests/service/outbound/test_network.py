"""Nothing is connected to that may not be, and a failure tells nothing of the own network."""

import asyncio
import ssl
from collections.abc import Iterator

import pytest

from service.outbound.network import GuardedNetwork, reason, resolved
from tests.service.outbound.test_address_guard import NOT_PUBLIC, OPEN, PRIVATE
from tests.service.wait import wait_until
from tests.service.webhooks.fake_receiver import FakeReceiver, receiving
from worker.errors import InvalidParameter


@pytest.fixture
def anywhere() -> Iterator[FakeReceiver]:
    """A listener at every IPv4 address of this machine."""
    with receiving("0.0.0.0") as receiver:
        yield receiver


def connect(network: GuardedNetwork, host: str, port: int) -> None:
    async def go() -> None:
        await (await network.connect_tcp(host, port, timeout=5)).aclose()

    asyncio.run(go())


@pytest.mark.parametrize(
    "host",
    ["127.0.0.1", "127.1", "0", "0.0.0.0", "0x7f000001", "017700000001", "2130706433", "127.0.1",
     "0177.0.0.1", "localhost", "::ffff:127.0.0.1", "::", "::1"],
)  # fmt: skip
def test_no_spelling_of_this_machine_leads_to_it(anywhere: FakeReceiver, host: str) -> None:
    with pytest.raises(InvalidParameter):
        connect(GuardedNetwork(OPEN, resolved), host, anywhere.port)
    assert anywhere.connections == 0


@pytest.mark.parametrize("address", NOT_PUBLIC)
def test_no_name_leads_to_what_is_not_public(anywhere: FakeReceiver, address: str) -> None:
    async def resolve(host: str, port: int) -> list[str]:
        return ["93.184.216.34", address]

    with pytest.raises(InvalidParameter):
        connect(GuardedNetwork(OPEN, resolve), "metadata.google.internal", anywhere.port)
    assert anywhere.connections == 0


def test_a_name_that_changes_its_mind_is_asked_once() -> None:
    asked: list[str] = []

    async def rebind(host: str, port: int) -> list[str]:
        asked.append(host)
        return ["127.0.0.1"] if len(asked) == 1 else ["127.0.0.2"]

    with receiving("127.0.0.1") as first:
        connect(GuardedNetwork(PRIVATE, rebind), "cats.example", first.port)
        wait_until(lambda: first.connections == 1)
    assert asked == ["cats.example"]


def test_the_next_address_is_tried_when_one_is_dead() -> None:
    async def resolve(host: str, port: int) -> list[str]:
        return ["127.0.0.3", "127.0.0.1"]

    with receiving("127.0.0.1") as receiver:
        connect(GuardedNetwork(PRIVATE, resolve), "cats.example", receiver.port)
        wait_until(lambda: receiver.connections == 1)


def test_a_reason_names_no_address() -> None:
    inner = ConnectionRefusedError(111, "Connect call failed ('10.0.0.7', 443)")
    outer = OSError("All connection attempts failed")
    outer.__cause__ = inner
    assert reason(outer, "receiver") == "The receiver refused the connection."
    assert reason(OSError("10.0.0.7"), "server") == "The connection to the server broke."
    assert reason(ssl.SSLError("x"), "server") == "The server does not speak TLS as it should."
