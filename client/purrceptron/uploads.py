"""Files on their way to the service, so that a connection that breaks costs a piece at most."""

from __future__ import annotations

import base64
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

import httpx

from purrceptron.errors import Conflict, Refused, Unreachable
from purrceptron.files import Source
from purrceptron.patience import Patience, worth_another_try
from purrceptron.session import Ask, Session, path_of

BLOCK = 2**23  # bytes of a piece, which is kept until the service has it
SLICE = 2**17  # bytes between two reports of progress
TUS = {"Tus-Resumable": "1.0.0"}
OFFSET = "Upload-Offset"

# Hears how many bytes have gone out, of how many.
Progress = Callable[[int, int], object]


class ResumableUpload:
    """One source that goes out in pieces, by the tus protocol (https://tus.io, 1.0).

    What has come stays when the connection breaks, so that it goes on there; and what is sent twice
    becomes one dataset.
    """

    def __init__(self, session: Session[Any], source: Source, progress: Progress) -> None:
        self._session, self._source, self._progress = session, source, progress

    async def send(self, query: Mapping[str, Any]) -> str:
        """Returns the id of what it has become."""
        filename = base64.b64encode(self._source.name.encode()).decode()
        about = {"Upload-Length": str(self._source.size), "Upload-Metadata": f"filename {filename}"}
        begun = await self._session.send(
            Ask("POST", path_of("uploads"), query, headers=TUS | about)
        )
        # Of its address the id alone: whoever answers does not decide where the bytes go.
        if not (upload_id := str(begun.headers.get("Location", "")).rpartition("/")[2]):
            raise self._session.stranger("the address of an upload")
        start, blocks = 0, _blocks(self._source.checked())
        while block := await self._session.transport.apart(next, blocks, b""):
            await self._append(path_of("uploads", upload_id), start, block)
            start += len(block)
        return upload_id

    async def _append(self, path: str, start: int, block: bytes) -> None:
        """Sends a block until the service has all of it."""
        patience, at = Patience(self._session), start
        while at < start + len(block):
            try:
                at = await self._sent(path, at, block[at - start :])
            except (Refused, Unreachable) as error:
                # A conflict: the service still listens to the connection that broke.
                passing = isinstance(error, Conflict) or worth_another_try(error, twice=True)
                # What may be sent twice was, for as long as there is patience.
                if not passing or worth_another_try(error, twice=False):
                    raise
                await patience.pause(error)
                before, at = at, await self._there(path)
                if at > before:
                    patience = Patience(self._session)
            if not start <= at <= start + len(block):
                raise Unreachable(
                    f"{self._session.url} had {start:,} bytes of {self._source.name}, and now "
                    f"{at:,}; upload it again."
                )

    async def _sent(self, path: str, at: int, rest: bytes) -> int:
        """Returns how many bytes the service has once it has taken these."""

        def body() -> Mapping[str, Any]:
            return {"content": self._session.transport.body(self._told(at, rest))}

        kind = {"Content-Type": "application/offset+octet-stream", "Content-Length": str(len(rest))}
        headers = TUS | kind | {OFFSET: str(at)}
        answer = await self._session.send(Ask("PATCH", path, {}, body, headers, twice=False))
        return self._offset(answer)

    async def _there(self, path: str) -> int:
        """Returns how many bytes the service has."""
        return self._offset(await self._session.send(Ask("HEAD", path, headers=TUS)))

    def _offset(self, answer: httpx.Response) -> int:
        try:
            return int(answer.headers[OFFSET])
        except (LookupError, ValueError) as error:
            raise self._session.stranger("how far an upload is") from error

    def _told(self, at: int, rest: bytes) -> Iterator[bytes]:
        for begin in range(0, len(rest), SLICE):
            piece = rest[begin : begin + SLICE]
            yield piece
            self._progress(at + begin + len(piece), self._source.size)


async def send_form(
    session: Session[Any], path: str, query: Any, parts: Sequence[Source], progress: Progress
) -> Any:
    """Sends several sources in one request, and returns what the service makes of them."""
    total = sum(part.size for part in parts)

    def body() -> Mapping[str, Any]:
        sent = 0

        def told(pieces: Iterator[bytes]) -> Iterator[bytes]:
            nonlocal sent
            for piece in pieces:
                yield piece
                sent += len(piece)
                progress(sent, total)

        return {"files": [("file", (part.name, _Part(told(part.checked())))) for part in parts]}

    return await session.json(Ask("POST", path, query, body, twice=False))


class _Part:
    """A source as the HTTP library reads the parts of a form."""

    def __init__(self, pieces: Iterator[bytes]) -> None:
        self._pieces = pieces

    def read(self, _size: int = -1) -> bytes:
        return next(self._pieces, b"")


def _blocks(pieces: Iterator[bytes]) -> Iterator[bytes]:
    """Yields the bytes in blocks of one size; the last is what is left."""
    ready = bytearray()
    for piece in pieces:
        ready += piece
        while len(ready) >= BLOCK:
            yield bytes(ready[:BLOCK])
            del ready[:BLOCK]
    if ready:
        yield bytes(ready)
