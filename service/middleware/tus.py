"""What the tus protocol asks of every answer about uploads in pieces (https://tus.io, 1.0)."""

from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from service.errors import CODES, problem

UPLOADS = "/v1/uploads"
VERSION = "1.0.0"
CHECKSUMS = ("sha1", "sha256")


class Tus:
    """Tells what is spoken here, and refuses other versions.

    Args:
        most: bytes of one upload.
    """

    def __init__(self, app: ASGIApp, most: int) -> None:
        self._app = app
        self._words = {
            "Tus-Version": VERSION,
            "Tus-Extension": "creation,expiration,checksum",
            "Tus-Checksum-Algorithm": ",".join(CHECKSUMS),
            "Tus-Max-Size": str(most),
        }

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or not is_of_uploads(scope["path"]):
            return await self._app(scope, receive, send)

        asks = scope["method"] == "OPTIONS"

        async def speaking(message: Message) -> None:
            if message["type"] == "http.response.start":
                words = {"Tus-Resumable": VERSION} | (self._words if asks else {})
                MutableHeaders(scope=message).update(words)
            await send(message)

        spoken = Headers(scope=scope).get("Tus-Resumable")
        if asks or spoken == VERSION:
            return await self._app(scope, receive, speaking)
        came = f"got {spoken!r:.40}" if spoken else "got none"
        detail = f"Expected the header Tus-Resumable: {VERSION}, {came}. Use a client of tus."
        words = {"Tus-Version": VERSION}
        refused = problem(412, CODES[412], detail, scope["state"]["request_id"], words)
        await refused(scope, receive, speaking)


def is_of_uploads(path: str) -> bool:
    return path == UPLOADS or path.startswith(f"{UPLOADS}/")
