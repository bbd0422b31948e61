"""How large a request may be, and how much of all requests is held at a time."""

from starlette.exceptions import HTTPException
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from service.errors import CODES, problem
from service.middleware.inflation import FORMATS, inflated
from service.settings import ServiceSettings

MAX_HEAD_BYTES = 32 * 2**10  # of a request's line and its headers
MAX_HEADERS = MAX_PARAMETERS = 100
MAX_OPTIONS = 20  # of a Content-Type: to read them takes the square of their number
LONG_HEAD = (
    f"Expected a line and at most {MAX_HEADERS} headers of at most {MAX_HEAD_BYTES:,} bytes, with "
    f"at most {MAX_PARAMETERS} parameters and {MAX_OPTIONS} options of a Content-Type, got more. "
    "Send less in the head."
)
LONG_BODY = "Expected a body of at most {} bytes, got more. GET /v1/limits lists them."
ODD_ENCODING = "Expected a body in gzip, deflate or neither, got Content-Encoding {!r:.40}."
PLAIN = ("", "identity")


class HeldBodies:
    """Bodies that are in memory whole, of all requests together.

    Attributes:
        bytes: that they have so far.
    """

    def __init__(self, most_bytes: int) -> None:
        self.bytes, self._most = 0, most_bytes

    def hold(self, size: int, came: int) -> None:
        """Note that so much more of a body is in memory, of which so much came in all."""
        self.bytes += size
        if self.bytes > self._most and self.bytes > came:  # one alone always may
            raise HTTPException(
                429,
                f"Expected bodies for predictions of at most {self._most:,} bytes at a time, and "
                "those of others fill that. Try again shortly.",
            )

    def release(self, came: int) -> None:
        self.bytes -= came


class RequestLimit:
    """Refuses a head that is too long, and a body as soon as it is known, or seen, to be over its
    route's limit, or all that are held in memory to be too much."""

    def __init__(self, app: ASGIApp, settings: ServiceSettings, bodies: HeldBodies) -> None:
        self._app, self._settings, self._bodies = app, settings, bodies

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            return await self._app(scope, receive, send)
        encoding = encoding_of(scope)
        if (refused := self._refusal(scope, encoding)) is not None:
            return await refused(scope, receive, send)
        if encoding in FORMATS:
            receive = inflated(receive, encoding)
        limit, came, held = self.limit(scope["path"]), 0, is_held(scope["path"])

        async def counted() -> Message:
            nonlocal came
            message = await receive()
            size = len(message.get("body", b""))
            came += size
            if came > limit:
                # FastAPI takes any other kind for a fault in the body's form.
                raise HTTPException(413, LONG_BODY.format(limit))
            if held:
                self._bodies.hold(size, came)
            return message

        try:
            await self._app(scope, counted, send)
        finally:
            self._bodies.release(came if held else 0)

    def _refusal(self, scope: Scope, encoding: str) -> Response | None:
        """The answer to what can be refused before any of the body has come."""
        request_id, limit = scope["state"]["request_id"], self.limit(scope["path"])
        if has_long_head(scope):
            return problem(431, CODES[431], LONG_HEAD, request_id)
        if encoding not in (*PLAIN, *FORMATS):
            accepted = {"Accept-Encoding": "gzip, deflate"}
            return problem(415, CODES[415], ODD_ENCODING.format(encoding), request_id, accepted)
        length = dict(scope["headers"]).get(b"content-length", b"0")
        if length.isdigit() and int(length) > limit:
            return problem(413, CODES[413], LONG_BODY.format(limit), request_id)
        return None

    def limit(self, path: str) -> int:
        """Bytes that a body sent to this path may have."""
        if path == "/v1/datasets":
            # The parts' headers come on top; the files themselves are counted as they are written.
            return self._settings.max_upload_bytes + self._settings.max_json_bytes
        return self._settings.max_predict_bytes if is_held(path) else self._settings.max_json_bytes


def has_long_head(scope: Scope) -> bool:
    """Whether a request's head is longer, or has more in it, than any that is meant."""
    many = len(scope["headers"]) > MAX_HEADERS or scope["query_string"].count(b"&") > MAX_PARAMETERS
    types = (value for name, value in scope["headers"] if name == b"content-type")
    options = max((kind.count(b";") for kind in types), default=0)
    return many or head_bytes(scope) > MAX_HEAD_BYTES or options > MAX_OPTIONS


def head_bytes(scope: Scope) -> int:
    """About how long a request's head was; the server bounds only those that come in pieces."""
    headers = sum(len(name) + len(value) for name, value in scope["headers"])
    return headers + len(scope["raw_path"]) + len(scope["query_string"])


def encoding_of(scope: Scope) -> str:
    """How the body says that it is packed."""
    said: bytes = dict(scope["headers"]).get(b"content-encoding", b"")
    return said.decode("latin-1").strip().lower()


def is_held(path: str) -> bool:
    """Whether a body that is sent to this path is read whole before anything is done with it."""
    return path.endswith("/predict")
