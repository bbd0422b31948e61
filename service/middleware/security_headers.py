"""Headers that forbid browsers what answers of this service never need."""

import base64
import hashlib
import re

from starlette.types import ASGIApp, Message, Receive, Scope, Send

NO_SNIFFING = (b"x-content-type-options", b"nosniff")
NOTHING = "default-src 'none'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'"
PAGE = (
    "default-src 'none'; script-src 'self'{hashes}; style-src 'self' 'unsafe-inline'; "
    "img-src 'self' data:; connect-src 'self'; worker-src blob:; "
    "frame-ancestors 'none'; base-uri 'none'; form-action 'none'"
)
NAME = b"content-security-policy"
INLINE = re.compile(rb"<script>(.*?)</script>", re.DOTALL)


class SecurityHeaders:
    """Adds the headers to every answer. A page's inline scripts are allowed by their digests."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            return await self._app(scope, receive, send)
        held: list[Message] = []  # a page's head, until its scripts are known

        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                message["headers"].append(NO_SNIFFING)
                if NAME in dict(message["headers"]):  # a route knows better
                    return await send(message)
                if is_page(message):
                    held.append(message)
                    return
                message["headers"].append(policy(NOTHING))
            elif held:
                start = held.pop()
                start["headers"].append(policy(PAGE.format(hashes=hashes(message["body"]))))
                await send(start)
            await send(message)

        await self._app(scope, receive, send_with_headers)


def is_page(start: Message) -> bool:
    return any(
        name == b"content-type" and value.startswith(b"text/html")
        for name, value in start["headers"]
    )


def policy(words: str) -> tuple[bytes, bytes]:
    return NAME, words.encode()


def hashes(page: bytes) -> str:
    """Returns the digests of a page's inline scripts in the form of a policy."""
    digests = (hashlib.sha256(script).digest() for script in INLINE.findall(page))
    return "".join(f" 'sha256-{base64.b64encode(digest).decode()}'" for digest in digests)
