"""A browser that has shown the key once: its cookie, which scripts of a page cannot read.

The cookie is not the key but a signature by it over the time at which it ends. So every process of
the API knows it, none keeps it, and another key ends all of them.

Of a key that was made here only a digest is known, and who has stolen digests must not be able to
sign. So PURR_API_KEY signs for those, over the key's id and digest: such a cookie may do what that
key may, and ends when it is revoked or rotated.
"""

import hashlib
import hmac
import re
import time
from urllib.parse import urlsplit

from starlette.datastructures import Headers

from worker.store.api_key import ID, ApiKey

COOKIE = "purr_session"
LASTS_S = 30 * 86_400
SAFE = frozenset({"GET", "HEAD", "OPTIONS"})


def begin(key: bytes, now: float | None = None, of: ApiKey | None = None) -> str:
    """Returns the value of a cookie, which ends after `LASTS_S`.

    Args:
        key: signs it.
        of: the key that was shown, if that is one that was made here.
    """
    ends = str(int((time.time() if now is None else now) + LASTS_S))
    whose = [of.id] if of else []
    return ".".join([ends, *whose, signature(key, ends, of)])


def is_signed(cookie: str, key: bytes, now: float | None = None, of: ApiKey | None = None) -> bool:
    """Whether this key has signed the cookie, of who has shown that other key, and it has not
    ended."""
    named, _, shown = cookie.rpartition(".")
    ends, _, whose = named.partition(".")
    # Bytes: compare_digest refuses text that is not ASCII.
    if not hmac.compare_digest(shown.encode(), signature(key, ends, of).encode()):
        return False
    if whose != (of.id if of else ""):
        return False
    return float(ends) > (time.time() if now is None else now)


def key_named_in(cookie: str) -> str:
    """Returns the id of the key that was shown for a cookie; "" where that is none that was made
    here."""
    named = cookie.rpartition(".")[0].partition(".")[2]
    return named if re.fullmatch(ID, named) else ""


def signature(key: bytes, ends: str, of: ApiKey | None) -> str:
    whose = f" {of.id} {of.digest}" if of else ""
    said = f"purrceptron page session {ends}{whose}"
    return hmac.new(key, said.encode(), hashlib.sha256).hexdigest()


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
