"""Which route has taken a request, noted for whoever counts it."""

from starlette.types import ASGIApp, Receive, Scope, Send


class Routed:
    """Stands next to the router, which notes the route in a scope that may be a copy by then."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        try:
            await self._app(scope, receive, send)
        finally:
            if "route" in scope:
                scope["state"]["route"] = scope["route"].path
