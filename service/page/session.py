"""A browser that has shown the key once: its cookie, which scripts of a page cannot read.

The cookie is not the key but a signature by it over the time at which it ends. So every process of
the API knows it, none keeps it, and another key ends all of them.
"""

import hashlib
import hmac
import time
from urllib.parse import urlsplit

from starlette.datastructures import Headers

COOKIE = "purr_session"
LASTS_S = 30 * 86_400
SAFE = frozenset({"GET", "HEAD", "OPTIONS"})


def begin(key: bytes, now: float | None = None) -> str:
    """Returns the value of a cookie for who has shown this key, which ends after `LASTS_S`."""
    ends = str(int((time.time() if now is None else now) + LASTS_S))
    return f"{ends}.{signature(key, ends)}"


def is_signed(cookie: str, key: bytes, now: float | None = None) -> bool:
    """Whether this key has signed the cookie, and it has not ended."""
    ends, _, shown = cookie.partition(".")
    # Bytes: compare_digest refuses text that is not ASCII.
    if not hmac.compare_digest(shown.encode(), signature(key, ends).encode()):
        return False
    return float(ends) > (time.time() if now is None else now)


def signature(key: bytes, ends: str) -> str:
    return hmac.new(key, f"purrceptron page session {ends}".encode(), hashlib.sha256).hexdigest()


def is_own_page(headers: Headers, method: str) -> bool:
    """Whether a request comes from this service's own page, or was typed into the browser.

    A browser sends cookies whoever asks, so a cookie alone proves nothing. `SameSite=Strict` keeps
    it from other sites, but not from another port of the same host.

    Args:
        method: a browser names the origin of each that changes something.
    """
    if (origin := headers.get("origin")) is not None:
        return urlsplit(origin).netloc == headers.get("host")
    site = headers.get("sec-fetch-site")
    if site is None:  # browsers say it only where the connection can be trusted
        return method in SAFE
    return site == "same-origin" or (site == "none" and method in SAFE)
