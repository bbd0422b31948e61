"""How large a request may be, and how much of all requests is held at a time."""

from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from service.errors import CODES, problem
from service.settings import ServiceSettings

MAX_HEAD_BYTES = 32 * 2**10  # of a request's line and its headers
MAX_HEADERS = 100
LONG_HEAD = (
    f"Expected a line and at most {MAX_HEADERS} headers of at most {MAX_HEAD_BYTES:,} bytes, got "
    "more. Send less in the head."
)


class RequestLimit:
    """Refuses a head that is too long, and a body as soon as it is known, or seen, to be over its
    route's limit, or all that are held in memory to be too much."""

    def __init__(self, app: ASGIApp, settings: ServiceSettings) -> None:
        self._app, self._settings = app, settings
        self._held = 0  # bytes of bodies for predictions, which are read whole

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            return await self._app(scope, receive, send)
        limit, came, held = self.limit(scope["path"]), 0, is_held(scope["path"])
        detail = f"Expected a body of at most {limit} bytes, got more. GET /v1/limits lists them."
        request_id = scope["state"]["request_id"]
        if head_bytes(scope) > MAX_HEAD_BYTES or len(scope["headers"]) > MAX_HEADERS:
            return await problem(431, CODES[431], LONG_HEAD, request_id)(scope, receive, send)
        length = dict(scope["headers"]).get(b"content-length", b"0")
        if length.isdigit() and int(length) > limit:
            return await problem(413, CODES[413], detail, request_id)(scope, receive, send)

        async def counted() -> Message:
            nonlocal came
            message = await receive()
            size = len(message.get("body", b""))
            came += size
            if came > limit:
                # FastAPI takes any other kind for a fault in the body's form.
                raise HTTPException(413, detail)
            if held:
                self._hold(size, came)
            return message

        try:
            await self._app(scope, counted, send)
        finally:
            self._held -= came if held else 0

    def limit(self, path: str) -> int:
        """Bytes that a body sent to this path may have."""
        if path == "/v1/datasets":
            # The parts' headers come on top; the files themselves are counted as they are written.
            return self._settings.max_upload_bytes + self._settings.max_json_bytes
        return self._settings.max_predict_bytes if is_held(path) else self._settings.max_json_bytes

    def _hold(self, size: int, came: int) -> None:
        """Note that so much more of a body is in memory."""
        self._held += size
        most = self._settings.max_bodies_bytes
        if self._held > most and self._held > came:  # one alone always may
            raise HTTPException(
                429,
                f"Expected bodies for predictions of at most {most:,} bytes at a time, and those "
                "of others fill that. Try again shortly.",
            )


def head_bytes(scope: Scope) -> int:
    """About how long a request's head was; the server bounds only those that come in pieces."""
    headers = sum(len(name) + len(value) for name, value in scope["headers"])
    return headers + len(scope["raw_path"]) + len(scope["query_string"])


def is_held(path: str) -> bool:
    """Whether a body that is sent to this path is read whole before anything is done with it."""
    return path.endswith("/predict")
