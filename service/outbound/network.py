"""How other servers are called: at addresses that were looked at, and at no others."""

import asyncio
import socket
import ssl
from collections.abc import Awaitable, Callable, Iterable
from typing import Any

import httpcore

from service.outbound.address_guard import AddressGuard, Target

Resolve = Callable[[str, int], Awaitable[list[str]]]
# What keeps an answer from coming.
FAULTS = (OSError, httpcore.NetworkError, httpcore.TimeoutException, httpcore.ProtocolError)


class GuardedNetwork(httpcore.AsyncNetworkBackend):
    """Resolves a host once, checks all its addresses, and connects to one of exactly these.

    So it does no harm if the name resolves to another address a moment later. TLS and the `Host`
    header still use the name.
    """

    def __init__(self, guard: AddressGuard, resolve: Resolve) -> None:
        self._guard, self._resolve = guard, resolve
        self._network = httpcore.AnyIOBackend()

    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore.AsyncNetworkStream:
        """Connect to the first address that answers.

        Raises:
            InvalidParameter: an address of the host is not allowed.
            ConnectError, ConnectTimeout: none of them answers.
        """
        async with asyncio.timeout(timeout):
            addresses = await self._resolve(host, port)
        self._guard.check_addresses(addresses)
        fault: Exception = httpcore.ConnectError(f"{host} has no address")
        for address in addresses:
            try:
                return await self._network.connect_tcp(address, port, timeout)
            except (httpcore.ConnectError, httpcore.ConnectTimeout) as error:
                fault = error
        raise fault


async def resolved(host: str, port: int) -> list[str]:
    found = await asyncio.get_running_loop().getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(address[0]) for *_, address in found))


def url_of(target: Target) -> httpcore.URL:
    return httpcore.URL(
        scheme=target.scheme, host=target.host, port=target.port, target=target.path
    )


def reason(fault: BaseException, who: str) -> str:
    """Returns why there was no answer of whom, without names and addresses of the own network."""
    for cause in reversed(causes(fault)):
        match cause:
            case TimeoutError():
                return f"The {who} did not answer in time."
            case ssl.SSLCertVerificationError():
                return f"The {who}'s certificate is not accepted: {cause.verify_message}."
            case ssl.SSLError():
                return f"The {who} does not speak TLS as it should."
            case socket.gaierror():
                return f"The {who}'s name cannot be resolved."
            case ConnectionRefusedError():
                return f"The {who} refused the connection."
            case httpcore.ProtocolError():
                return f"The {who}'s answer is not HTTP as it should be."
    return f"The connection to the {who} broke."


def causes(fault: BaseException) -> list[BaseException]:
    """Returns the fault and what led to it.

    httpcore raises `from None` in places, so the context is followed where there is no cause.
    """
    chain = [fault]
    while cause := chain[-1].__cause__ or chain[-1].__context__:
        chain.append(cause)
    return chain
