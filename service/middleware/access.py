"""Who may ask: deny by default."""

import base64
import binascii
import hmac
from ipaddress import ip_address
from typing import NamedTuple
from urllib.parse import urlsplit

from pydantic import SecretStr
from starlette.datastructures import Headers
from starlette.requests import cookie_parser
from starlette.types import ASGIApp, Receive, Scope, Send

from service.errors import CODES, problem
from service.inference_protocol.paths import HEALTH as PROTOCOL_HEALTH
from service.inference_protocol.paths import is_of_protocol
from service.page.session import COOKIE, is_own_page, is_signed
from service.settings import ServiceSettings
from worker.errors import TOO_MANY_CONNECTIONS, ReadOnlyKey, TooManyConnections

DOCS, OPENAPI, SCRIPTS, PAGE = "/docs", "/openapi.json", "/static-offline-docs", "/page"
SESSION = f"{PAGE}/session"
HEALTH = frozenset({"/livez", "/readyz"}) | PROTOCOL_HEALTH
# Open, since they only show what everybody can read in the project. A user types the key into a
# page, and that shows it: the docs with each request, the page once, for a cookie.
PAGES = frozenset({"/", DOCS, f"{DOCS}/oauth2-redirect", "/redoc", OPENAPI, SCRIPTS, PAGE, SESSION})
METRICS = "/metrics"  # asks for the key, unless a setting opens it
# Every other route asks for the key.
OPEN = HEALTH | PAGES
# Answered even when there are too many connections, and not logged, since monitoring asks often.
PROBES = HEALTH | {METRICS}
# What asks by POST, and changes nothing: all that a key to read with may do beside GET.
ASKING = frozenset({"/v1/jobs/estimate", "/v1/lessons/step", "/v2/repository/index", "/mcp"})
ASKING_A_MODEL = ("/predict", "/explain", "/infer")
READ_ONLY = (
    "Expected a key that may change something, got PURR_READ_KEY's, which may look and ask models. "
    "Send PURR_API_KEY's."
)
LOCAL_NAMES = frozenset({"localhost", "localhost.localdomain"})


class Refusal(NamedTuple):
    """Why a request goes no further."""

    status: int
    code: str
    detail: str
    headers: dict[str, str] | None = None


class Access:
    """Knows requests for a foreign host, from a foreign page, or without the key."""

    def __init__(self, settings: ServiceSettings) -> None:
        self._hosts = {*LOCAL_NAMES, settings.host, *settings.allowed_hosts}
        self._origins = set(settings.allowed_origins)
        self._open = OPEN | {METRICS} if settings.metrics_open else OPEN
        self._key, self._read_key = secret(settings.api_key), secret(settings.read_key)

    def refusal(self, scope: Scope) -> Refusal | None:
        """Returns why a request goes no further; None if it may."""
        headers = Headers(scope=scope)
        host = headers.get("host", "")
        if scope["state"].get("only_probes") and scope["path"] not in PROBES:
            code = TooManyConnections.code
            return Refusal(503, code, TOO_MANY_CONNECTIONS, {"Connection": "close"})
        if not self._knows(host):
            return Refusal(
                421,
                CODES[421],
                f"Expected a Host that this service goes by, got {host!r:.100}. "
                "Name it in PURR_ALLOWED_HOSTS if it is yours.",
            )
        if not self._welcomes(headers, host):
            return Refusal(
                403,
                CODES[403],
                "Expected a request from this service's own origin, got one from another web page. "
                "Name its origin in PURR_ALLOWED_ORIGINS if it is yours.",
            )
        return None if self._is_open(scope["path"]) else self._refusal_by_key(scope)

    def may_write(self, scope: Scope) -> bool:
        """Whether a request may change something: it has the key, or none is asked for."""
        return not self._key or self._shows(self._key, scope)

    def _refusal_by_key(self, scope: Scope) -> Refusal | None:
        if self.may_write(scope):
            return None
        if not self._read_key or not self._shows(self._read_key, scope):
            detail = "Expected an API key, got none or a wrong one. Send Authorization: Bearer …"
            return Refusal(401, CODES[401], detail, {"WWW-Authenticate": "Bearer"})
        return None if only_reads(scope) else Refusal(403, ReadOnlyKey.code, READ_ONLY)

    def _knows(self, host: str) -> bool:
        """Whether this `Host` is a name of the service, or any IP address.

        This stops pages whose own name resolves to this machine (DNS rebinding). Such an attack
        needs a name, so addresses are safe.
        """
        try:
            name = urlsplit(f"//{host}").hostname or ""
        except ValueError:
            return False
        if name in self._hosts:
            return True
        try:
            return bool(ip_address(name))
        except ValueError:
            return False

    def _welcomes(self, headers: Headers, host: str) -> bool:
        origin = headers.get("origin")
        if origin is not None:
            return origin in self._origins or origin.partition("://")[2] == host
        return headers.get("sec-fetch-site", "none") not in {"cross-site", "same-site"}

    def _is_open(self, path: str) -> bool:
        return path in self._open or path.startswith((f"{SCRIPTS}/", f"{PAGE}/"))

    def _shows(self, key: bytes, scope: Scope) -> bool:
        """Whether a request shows this key, or is of our own page in a browser that has."""
        headers = Headers(scope=scope)
        if (said := headers.get("authorization")) is None:
            cookie = cookie_parser(headers.get("cookie", "")).get(COOKIE, "")
            return is_signed(cookie, key) and is_own_page(headers, scope["method"])
        scheme, _, given = said.partition(" ")
        # Not elsewhere: browsers remember such passwords, and send them whoever asks.
        if scheme.lower() == "basic" and is_of_protocol(scope):
            scheme, given = "bearer", password(given)
        # Bytes: compare_digest refuses text that is not ASCII.
        matches = hmac.compare_digest(given.strip().encode(), key)
        return scheme.lower() == "bearer" and matches


class AccessMiddleware:
    """Refuses what `Access` knows."""

    def __init__(self, app: ASGIApp, access: Access) -> None:
        self._app, self._access = app, access

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        refusal = self._access.refusal(scope) if scope["type"] == "http" else None
        if refusal is None:
            return await self._app(scope, receive, send)
        answer = problem(*refusal[:3], scope["state"]["request_id"], refusal.headers)
        await answer(scope, receive, send)


def only_reads(scope: Scope) -> bool:
    """Whether a request changes nothing, by its method and path."""
    method, path = scope["method"], scope["path"]
    if method == "POST":
        return path in ASKING or path.endswith(ASKING_A_MODEL)
    return method in ("GET", "HEAD", "OPTIONS")


def secret(setting: SecretStr | None) -> bytes:
    """Returns a key in bytes; none of it where it is not set."""
    return setting.get_secret_value().encode() if setting else b""


def password(credentials: str) -> str:
    """Returns the password of `Authorization: Basic` (RFC 7617), whatever the user's name; "" where
    there is none."""
    try:
        return base64.b64decode(credentials.strip(), validate=True).decode().partition(":")[2]
    except (binascii.Error, UnicodeDecodeError):
        return ""
