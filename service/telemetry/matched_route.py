"""Which route has taken a request, noted for the request counters."""

from starlette.types import ASGIApp, Receive, Scope, Send


class MatchedRoute:
    """Copies the path of the matched route into the request's state.

    It must be next to the router: middlewares further out may have another copy of the scope, and
    share only the state.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        try:
            await self._app(scope, receive, send)
        finally:
            if "route" in scope:
                scope["state"]["route"] = scope["route"].path
