"""How large a request may be, and the id by which an answer and the log name it."""

import secrets

from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from service.errors import CODES, problem
from service.settings import ServiceSettings


class RequestId:
    """Gives every request an id, and sends it back in `X-Request-ID`."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            return await self._app(scope, receive, send)
        request_id = secrets.token_hex(8)
        scope.setdefault("state", {})["request_id"] = request_id

        async def send_with_id(message: Message) -> None:
            if message["type"] == "http.response.start":
                message["headers"].append((b"x-request-id", request_id.encode()))
            await send(message)

        await self._app(scope, receive, send_with_id)


class BodyLimit:
    """Refuses a body as soon as it is known, or seen, to be over its route's limit."""

    def __init__(self, app: ASGIApp, settings: ServiceSettings) -> None:
        self._app, self._settings = app, settings

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            return await self._app(scope, receive, send)
        limit, came = self.limit(scope["path"]), 0
        detail = f"Expected a body of at most {limit} bytes, got more. GET /v1/limits lists them."
        length = dict(scope["headers"]).get(b"content-length", b"0")
        if length.isdigit() and int(length) > limit:
            request_id = scope["state"]["request_id"]
            return await problem(413, CODES[413], detail, request_id)(scope, receive, send)

        async def counted() -> Message:
            nonlocal came
            message = await receive()
            came += len(message.get("body", b""))
            if came > limit:
                # FastAPI takes any other kind for a fault in the body's form.
                raise HTTPException(413, detail)
            return message

        await self._app(scope, counted, send)

    def limit(self, path: str) -> int:
        """Bytes that a body sent to this path may have."""
        if path == "/v1/datasets":
            # The parts' headers come on top; the files themselves are counted as they are written.
            return self._settings.max_upload_bytes + self._settings.max_json_bytes
        if path.endswith("/predict"):
            return self._settings.max_predict_bytes
        return self._settings.max_json_bytes
