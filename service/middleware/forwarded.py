"""What a proxy in front of the service says about the caller and the path."""

import re
from ipaddress import ip_address, ip_network

from starlette.datastructures import Headers
from starlette.types import ASGIApp, Receive, Scope, Send

from service.settings import ServiceSettings

PREFIX = re.compile(r"(/[A-Za-z0-9._~-]+)*")
SCHEMES = ("http", "https")


class Forwarded:
    """Removes the proxy's prefix and a final slash from the path, and believes trusted proxies.

    Trusted proxies name the scheme, the caller's address and their prefix in `X-Forwarded-*`.
    """

    def __init__(self, app: ASGIApp, settings: ServiceSettings) -> None:
        self._app, self._root_path = app, settings.root_path
        self._proxies = [ip_network(proxy) for proxy in settings.trusted_proxies]

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            scope["root_path"] = self._root_path
            if self._is_trusted(scope):
                believe(scope)
            strip(scope)
        await self._app(scope, receive, send)

    def _is_trusted(self, scope: Scope) -> bool:
        if not self._proxies or not scope.get("client"):
            return False
        try:
            address = ip_address(scope["client"][0])
        except ValueError:  # of a request from within, for a caller of whom a proxy said no address
            return False
        return any(address in proxy for proxy in self._proxies)


class RootPath:
    """Puts the prefix before the path again, since mounts and the docs' links expect it there."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if root := scope.get("root_path"):
            scope = {**scope, "path": root + scope["path"]}
        await self._app(scope, receive, send)


def believe(scope: Scope) -> None:
    """Take the scheme, the caller's address and the prefix from the proxy's headers."""
    headers = Headers(scope=scope)
    scheme = headers.get("x-forwarded-proto", "")
    if scheme in SCHEMES:
        scope["scheme"] = scheme
    # The trusted proxy has added the last address; the caller may have sent those before it.
    caller = headers.get("x-forwarded-for", "").rpartition(",")[2].strip()
    if caller:
        scope["client"] = (caller[:45], 0)
    prefix = headers.get("x-forwarded-prefix", "").rstrip("/")
    if prefix and len(prefix) <= 200 and PREFIX.fullmatch(prefix):
        scope["root_path"] = prefix


def strip(scope: Scope) -> None:
    """Cut the path to the form that the routes have."""
    root = scope["root_path"]
    if root and f"{scope['path']}/".startswith(f"{root}/"):  # some proxies remove it, others do not
        scope["path"] = scope["path"][len(root) :] or "/"
    if len(scope["path"]) > 1:
        scope["path"] = scope["path"].rstrip("/") or "/"
