"""What is on its way in or out for long: a bounded number at a time, and no file left open."""

from collections.abc import Generator, Iterator
from contextlib import closing, contextmanager
from typing import BinaryIO, TypeAlias

from starlette.responses import StreamingResponse
from starlette.types import Receive, Scope, Send

from worker.errors import TooBusy

PIECE_BYTES = 2**16

Pieces: TypeAlias = Generator[bytes, None, None]


class Transfers:
    """Uploads and downloads, each of which has a file open, and streams of lines.

    Attributes:
        under_way: how many there are now.
    """

    def __init__(self, most: int) -> None:
        self._most, self.under_way = most, 0

    @contextmanager
    def slot(self) -> Iterator[None]:
        """Counts one more transfer, for as long as the block lasts.

        Raises:
            TooBusy: there are as many as there may be.
        """
        if self.under_way >= self._most:
            raise TooBusy(
                f"Expected at most {self._most} uploads, downloads and streams of lines at a time, "
                "got one more. Try again shortly."
            )
        self.under_way += 1
        try:
            yield
        finally:
            self.under_way -= 1


class FileResponse(StreamingResponse):
    """Sends pieces as the client takes them, and closes what they come from however it ends."""

    def __init__(
        self,
        pieces: Pieces,
        transfers: Transfers,
        media_type: str,
        headers: dict[str, str] | None = None,
    ) -> None:
        super().__init__(pieces, media_type=media_type, headers=headers)
        self._pieces, self._transfers = pieces, transfers

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        with closing(self._pieces), self._transfers.slot():
            await super().__call__(scope, receive, send)


def pieces_of(file: BinaryIO) -> Pieces:
    """The file, piece by piece; it is closed at the end."""
    with file:
        while piece := file.read(PIECE_BYTES):
            yield piece
