"""Addresses of other servers, as a caller may give them."""

import re
from ipaddress import IPv4Address, IPv6Address
from typing import Annotated

from pydantic import AfterValidator, Field

LABEL = r"[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?"
# No user, no fragment, no backslash and nothing but ASCII: what is left, all programs read alike.
PLAIN_URL = re.compile(
    rf"https?://(?P<host>{LABEL}(?:\.{LABEL})*|\[[0-9a-f:.]+\])"
    r'(?::(?P<port>[1-9][0-9]{0,4}))?(?:[/?][!"$-\[\]-~]*)?',
    re.IGNORECASE | re.ASCII,
)


def plain_url(url: str) -> str:
    """The URL, if all programs read it alike; else a ValueError says what is wrong."""
    parts = PLAIN_URL.fullmatch(url)
    if parts is None or len(parts["host"]) > 253 or int(parts["port"] or 0) > 65_535:
        raise ValueError(
            "expected https://host/path in ASCII, without user, fragment, backslash or blank"
        )
    host = parts["host"]
    try:
        if host.startswith("["):
            IPv6Address(host[1:-1])
        elif re.fullmatch(r"[0-9]+|0x[0-9a-f]*", host.lower().rpartition(".")[2]):
            # Resolvers take 127.1, 0x7f000001 and 2130706433 for an address too.
            IPv4Address(host)
    except ValueError as error:
        raise ValueError(f"expected an IP address in its full form, got {host}") from error
    return url


PlainUrl = Annotated[str, Field(max_length=2_000), AfterValidator(plain_url)]
