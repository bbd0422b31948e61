"""Who may ask: deny by default."""

from ipaddress import ip_address
from typing import NamedTuple
from urllib.parse import urlsplit

from starlette.datastructures import Headers
from starlette.types import ASGIApp, Receive, Scope, Send

from service.access import rates
from service.access.caller import READER, Caller
from service.access.key_scope import KeyScope
from service.access.known_keys import KnownKeys, Stranger, credentials
from service.access.rules import SAFE, Rules
from service.access.scopes import Needs
from service.errors import CODES, problem
from service.inference_protocol.paths import HEALTH as PROTOCOL_HEALTH
from service.settings import ServiceSettings
from worker.errors import (
    TOO_MANY_CONNECTIONS,
    MissingScope,
    QueueUnavailable,
    ReadOnlyKey,
    TooManyConnections,
)

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
READ_ONLY = (
    "Expected a key that may change something, got PURR_READ_KEY's, which may look and ask models. "
    "Send PURR_API_KEY's."
)
NO_SCOPE = (
    "Expected a key with the scope {} for {} {:.200}, got one with {}. Ask whoever runs the "
    "service for such a key."
)
LOCAL_NAMES = frozenset({"localhost", "localhost.localdomain"})


class Refusal(NamedTuple):
    """Why a request goes no further."""

    status: int
    code: str
    detail: str
    headers: dict[str, str] | None = None


class Access:
    """Knows requests for a foreign host, from a foreign page, without a key, or with one that is
    for something else.

    Args:
        rules: what each route needs.
        keys: by whom a request is sent.
    """

    def __init__(self, settings: ServiceSettings, rules: Rules, keys: KnownKeys) -> None:
        self._hosts = {*LOCAL_NAMES, settings.host, *settings.allowed_hosts}
        self._origins = set(settings.allowed_origins)
        self._open = OPEN | {METRICS} if settings.metrics_open else OPEN
        self._rules, self.keys = rules, keys

    async def admit(self, scope: Scope) -> Refusal | None:
        """Returns why a request goes no further; None if it may, and its `state` has the `caller`
        then, unless nobody is asked who it is."""
        if (refusal := self._of_strangers(scope)) is not None or self._is_open(scope["path"]):
            return refusal
        try:
            found = await self.keys.find(credentials(scope))
        except QueueUnavailable as error:
            return Refusal(503, error.code, str(error))
        return self._by_key(scope, found)

    def refusal(self, scope: Scope) -> Refusal | None:
        """Returns the same at once, from what is remembered of keys: one that was not looked up
        just now is refused."""
        if (refusal := self._of_strangers(scope)) is not None or self._is_open(scope["path"]):
            return refusal
        return self._by_key(scope, self.keys.remembered(scope))

    def _of_strangers(self, scope: Scope) -> Refusal | None:
        """Returns why a request is refused whoever sends it."""
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
        return None

    def _by_key(self, scope: Scope, found: Caller | Stranger) -> Refusal | None:
        if isinstance(found, Stranger):
            scope["state"]["claimed"] = found.key
            return Refusal(401, CODES[401], found.detail, {"WWW-Authenticate": "Bearer"})
        scope["state"]["caller"] = found
        if KeyScope.ADMIN in found.scopes:  # who need not wait for the rule to be found
            return None
        needs = self._rules.needed(scope["method"], scope["path"])
        return None if found.may(needs) else not_for_that(scope, found, needs)

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


class AccessMiddleware:
    """Refuses what `Access` knows."""

    def __init__(self, app: ASGIApp, access: Access) -> None:
        self._app, self._access = app, access

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        refusal = await self._access.admit(scope) if scope["type"] == "http" else None
        if refusal is None:
            return await self._in_time(scope, receive, send)
        answer = problem(*refusal[:3], scope["state"]["request_id"], refusal.headers)
        await answer(scope, receive, send)

    async def _in_time(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Let a request through, unless it is one too many of a key that may make only so many."""
        caller: Caller | None = scope.get("state", {}).get("caller")
        if caller is None or caller.key is None or caller.key.per_minute is None:
            return await self._app(scope, receive, send)
        most, request_id = caller.key.per_minute, scope["state"]["request_id"]
        try:
            taken = await self._access.keys.lookups.take(caller.key.id, most)
        except QueueUnavailable as error:
            return await problem(503, error.code, str(error), request_id)(scope, receive, send)
        if not taken.allowed:
            return await rates.refused(most, taken, request_id)(scope, receive, send)
        await self._app(scope, receive, rates.telling(send, rates.fields(most, taken)))


def not_for_that(scope: Scope, caller: Caller, needs: Needs) -> Refusal:
    """Returns the refusal of a key that is for something else."""
    if caller is READER and scope["method"] not in SAFE:
        return Refusal(403, ReadOnlyKey.code, READ_ONLY)
    wanted, had = " or ".join(needs), ", ".join(sorted(caller.scopes)) or "none"
    said = NO_SCOPE.format(wanted, scope["method"], scope["path"], had)
    return Refusal(403, MissingScope.code, said)
