"""Where calls may go: to hosts that the settings name, at addresses that are open to all.

Whoever may use the service chooses what it calls, and the service would do so from inside its own
network. So a host must be allowed by name, and whatever that name leads to is looked at
again before anything is sent.
"""

from collections.abc import Iterable, Sequence
from ipaddress import (
    IPv4Address,
    IPv4Network,
    IPv6Address,
    IPv6Network,
    ip_address,
    ip_network,
)
from typing import NamedTuple, Self
from urllib.parse import urlsplit

from worker.errors import InvalidParameter
from worker.spec import plain_url

PORTS = {"https": 443, "http": 80}

UNICAST = ip_network("2000::/3")  # the part of IPv6 that is used for public addresses
NAT64 = ip_network("64:ff9b::/96")  # RFC 6052: ends in an IPv4 address
SPECIAL = [ip_network("192.0.0.0/24"), ip_network("192.88.99.0/24")]  # ipaddress lists a part
# What a use may allow: this machine and private networks, no link-local addresses.
OWN = [
    ip_network(text)
    for text in (
        *("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "100.64.0.0/10", "127.0.0.0/8"),
        *("fc00::/7", "::1/128"),
    )
]
# Addresses at which clouds hand out credentials, and which are not link-local.
METADATA = [ip_address(a) for a in ("100.100.100.200", "168.63.129.16", "fd00:ec2::254")]

Address = IPv4Address | IPv6Address


class Target(NamedTuple):
    """A URL in parts."""

    scheme: str
    host: str
    port: int
    path: str

    @classmethod
    def of(cls, url: str) -> Self:
        """Returns the parts of a URL.

        Raises:
            ValueError: programs may read it in several ways.
        """
        parts = urlsplit(plain_url(url))
        path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
        return cls(parts.scheme, parts.hostname or "", parts.port or PORTS[parts.scheme], path)

    @property
    def authority(self) -> str:
        """The value of `Host`."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return host if self.port == PORTS[self.scheme] else f"{host}:{self.port}"


class Receiver(NamedTuple):
    """An entry of the hosts that the settings name."""

    scheme: str
    host: str
    port: int
    below: bool  # whether it stands for all names below the host, and not for the host

    @classmethod
    def of(cls, entry: str) -> Self:
        """Returns what an entry means: `cats.example` is https on port 443.

        A scheme and `*.` may stand before the host, a port after it.

        Raises:
            ValueError: it is no such entry.
        """
        scheme, _, rest = (entry if "://" in entry else f"https://{entry}").partition("://")
        target = Target.of(f"{scheme}://{rest.removeprefix('*.')}")
        if target.path != "/":
            raise ValueError(f"expected a host without a path, got {entry}")
        return cls(target.scheme, target.host, target.port, rest.startswith("*."))

    def matches(self, target: Target) -> bool:
        if (self.scheme, self.port) != (target.scheme, target.port):
            return False
        return target.host.endswith(f".{self.host}") if self.below else target.host == self.host


class Use(NamedTuple):
    """What other servers are called for, in the words of refusals.

    Attributes:
        what: the thing that goes there or comes from there.
        pointer: where a request says its address.
        hosts, private: the settings that allow hosts, and addresses in the own network.
        off: why it is refused where no host is allowed, and what to do.
    """

    what: str
    pointer: str
    hosts: str
    private: str
    off: str


class AddressGuard:
    """Decides where calls of one use may go."""

    def __init__(self, use: Use, hosts: Iterable[str], private: bool) -> None:
        self._use = use
        self._receivers = [Receiver.of(entry) for entry in hosts]
        self._private = private

    def check(self, url: str) -> Target:
        """Returns the parts of a URL that may be called.

        Raises:
            InvalidParameter: it is no URL, or its host is not allowed.
        """
        try:
            target = Target.of(url)
        except ValueError as error:
            raise self._refusal(f"Refused {self._use.what}: {error}.") from error
        if not self._receivers:
            raise self._refusal(self._use.off)
        if not any(receiver.matches(target) for receiver in self._receivers):
            raise self._refusal(
                f"Expected {self._use.what} at a host that {self._use.hosts} names, got one at "
                f"{target.scheme}://{target.authority}. Name it there, like that, if it is yours."
            )
        if is_address(target.host):
            self.check_addresses([target.host])
        return target

    def check_addresses(self, addresses: Sequence[str]) -> None:
        """Check all addresses of a host, since any of them may be connected to.

        Raises:
            InvalidParameter: one of them is not public, and not allowed as one's own.
        """
        if not all(self._fit(plain(ip_address(text))) for text in addresses):
            raise self._refusal(
                f"Expected {self._use.what} at a host that is open to all, got one with an address "
                f"that is not. If it stands in your own network, set {self._use.private}=true."
            )

    def _fit(self, address: Address) -> bool:
        if address in METADATA:
            return False
        return is_public(address) or (self._private and is_in(address, OWN))

    def _refusal(self, detail: str) -> InvalidParameter:
        return InvalidParameter(detail, self._use.pointer)


def is_address(host: str) -> bool:
    try:
        return bool(ip_address(host))
    except ValueError:
        return False


def plain(address: Address) -> Address:
    """Returns the IPv4 address inside an IPv6 address; the address itself if there is none."""
    if isinstance(address, IPv4Address):
        return address
    if address in NAT64:
        return IPv4Address(address.packed[-4:])
    return address.ipv4_mapped or address.sixtofour or address


def is_public(address: Address) -> bool:
    if isinstance(address, IPv6Address):
        return address in UNICAST and address.is_global
    return address.is_global and not address.is_multicast and not is_in(address, SPECIAL)


def is_in(address: Address, networks: Iterable[IPv4Network | IPv6Network]) -> bool:
    return any(address in network for network in networks)
