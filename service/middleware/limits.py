"""How large a request may be, and how much of all requests is held at a time."""

from math import inf

from starlette.exceptions import HTTPException
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from service.errors import CODES, problem
from service.middleware.inflation import FORMATS, inflated
from service.middleware.tus import is_of_uploads
from service.settings import ServiceSettings

MAX_HEAD_BYTES = 32 * 2**10  # of a request's line and its headers
MAX_HEADERS = MAX_PARAMETERS = 100
MAX_OPTIONS = 20  # of a Content-Type: the time to read them grows with their number squared
LONG_HEAD = (
    f"Expected a line and at most {MAX_HEADERS} headers of at most {MAX_HEAD_BYTES:,} bytes, with "
    f"at most {MAX_PARAMETERS} parameters and {MAX_OPTIONS} options of a Content-Type, got more. "
    "Send less in the head."
)
LONG_BODY = "Expected a body of at most {} bytes, got more. GET /v1/limits lists them."
ODD_ENCODING = "Expected a body in gzip, deflate or neither, got Content-Encoding {!r:.40}."
PLAIN = ("", "identity")
# Of bodies up to so much has come, a part of what may be held is left to these: small ones, and the
# beginnings of large ones, which say how large they are only if they like.
SMALL_BYTES, LEFT_TO_SMALL = 2**20, 16
MCP = "/mcp"
LINES = "application/x-ndjson"  # a body that may be endless
OF_FILES = {"/v1/datasets", "/v1/predictions"}  # where a body may be an upload


class HeldBodies:
    """Counts the bodies that are in memory as a whole, of all requests together.

    Attributes:
        bytes: the size of all of them.
    """

    def __init__(self, most_bytes: int) -> None:
        self.bytes, self._most = 0, most_bytes

    def hold(self, size: int, came: int) -> None:
        """Count more bytes of a body.

        Args:
            size: bytes that came now.
            came: bytes of the same body so far, these among them.

        Raises:
            HTTPException: 429, the bodies of all requests are too large together.
        """
        self.bytes += size
        most = self._most if came <= SMALL_BYTES else self._most - self._most // LEFT_TO_SMALL
        if self.bytes > most and self.bytes > came:  # a single body may always be so large
            raise HTTPException(
                429,
                f"Expected bodies for predictions of at most {most:,} bytes at a time, and "
                "those of others fill that. Try again shortly.",
            )

    def release(self, came: int) -> None:
        self.bytes -= came


class RequestLimit:
    """Refuses heads that are too long and bodies that are too large.

    A body is refused before it comes if its length says enough, else once too much has come.
    """

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
        limit, came = self.limit(scope), 0
        held = is_held(scope) or scope["path"] == MCP

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
        request_id, limit = scope["state"]["request_id"], self.limit(scope)
        if has_long_head(scope):
            return problem(431, CODES[431], LONG_HEAD, request_id)
        if encoding not in (*PLAIN, *FORMATS):
            accepted = {"Accept-Encoding": "gzip, deflate"}
            return problem(415, CODES[415], ODD_ENCODING.format(encoding), request_id, accepted)
        length = dict(scope["headers"]).get(b"content-length", b"0")
        if length.isdigit() and int(length) > limit:
            return problem(413, CODES[413], LONG_BODY.format(limit), request_id)
        return None

    def limit(self, scope: Scope) -> float:
        """Bytes that the body of a request may have."""
        path = scope["path"]
        if path == MCP:
            return self._settings.max_mcp_bytes
        if is_endless(scope):
            return inf
        if path in OF_FILES:
            # More than the files may have, for the headers of the parts. The files themselves are
            # counted while they are written.
            return self._settings.max_upload_bytes + self._settings.max_json_bytes
        if path == "/v1/backbones":
            return self._settings.max_backbone_bytes + self._settings.max_json_bytes
        if is_of_uploads(path):
            return self._settings.max_upload_bytes
        return self._settings.max_predict_bytes if is_held(scope) else self._settings.max_json_bytes


def has_long_head(scope: Scope) -> bool:
    """Whether a request's head is too long, or has too many headers, parameters or options."""
    many = len(scope["headers"]) > MAX_HEADERS or scope["query_string"].count(b"&") > MAX_PARAMETERS
    types = (value for name, value in scope["headers"] if name == b"content-type")
    options = max((kind.count(b";") for kind in types), default=0)
    return many or head_bytes(scope) > MAX_HEAD_BYTES or options > MAX_OPTIONS


def head_bytes(scope: Scope) -> int:
    """Returns about how long a request's head was, in bytes.

    The server checks the length only of heads that come in several pieces.
    """
    headers = sum(len(name) + len(value) for name, value in scope["headers"])
    return headers + len(scope["raw_path"]) + len(scope["query_string"])


def encoding_of(scope: Scope) -> str:
    """Returns how the body is compressed, by its header; "" if it is not."""
    said: bytes = dict(scope["headers"]).get(b"content-encoding", b"")
    return said.decode("latin-1").strip().lower()


def is_held(scope: Scope) -> bool:
    """Whether the body of a request is read into memory as a whole."""
    path: str = scope["path"]
    return path.endswith(("/predict", "/explain", "/infer")) and not is_endless(scope)


def is_endless(scope: Scope) -> bool:
    """Whether a body has lines that are read and answered one after the other, so that there may
    be any number of them."""
    kind: bytes = dict(scope["headers"]).get(b"content-type", b"")
    of_lines = kind.partition(b";")[0].strip().lower() == LINES.encode()
    path: str = scope["path"]
    return of_lines and path.endswith("/predict")
