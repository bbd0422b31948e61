"""A body of lines, as they come: few of them in memory, however many there are."""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Iterator, Sequence
from typing import NamedTuple

from service.middleware.limits import HeldBodies
from worker.errors import LimitExceeded

BATCH = 256  # lines that are handed on together
BYTE_ORDER_MARK = b"\xef\xbb\xbf"


class Line(NamedTuple):
    """A line that is not blank.

    Attributes:
        number: among all lines, from 1.
        text: why there is none, where it is too long.
    """

    number: int
    text: bytes | LimitExceeded


class Lines:
    """The lines of a body.

    Attributes:
        number: of the line that came last.
    """

    def __init__(self, pieces: AsyncIterator[bytes], most_bytes: int, bodies: HeldBodies) -> None:
        self._pieces, self._most_bytes, self._bodies = pieces, most_bytes, bodies
        self.number = 0
        self._rest = bytearray()  # of a line that has not ended
        self._too_long = False  # whether it is, and nothing more of it is kept
        self._held = 0

    async def batches(self) -> AsyncGenerator[list[Line]]:
        """Yields the lines that have come, a few at a time; the next are read once these are done.

        Raises:
            ClientDisconnect: the client has left.
            HTTPException: the body is damaged, or all bodies are too large together.
        """
        try:
            async for piece in self._pieces:
                self._hold(len(self._rest) + len(piece))
                for batch in self._batches(self._whole(piece)):
                    if batch:
                        yield batch
                    # Unpacked pieces and blank lines come without waiting for anything.
                    await asyncio.sleep(0)
                self._hold(len(self._rest))
            if self._rest or self._too_long:
                for batch in self._batches(self._whole(b"\n")):
                    yield batch
        finally:
            self._hold(0)

    def _whole(self, piece: bytes) -> list[bytes | None]:
        """Returns the lines that end with this piece; None where one is too long."""
        *ended, rest = piece.split(b"\n")
        found: list[bytes | None] = list(ended)
        if ended:
            self._keep(ended[0])
            found[0] = None if self._too_long else bytes(self._rest)
            self._rest, self._too_long = bytearray(), False
        self._keep(rest)
        return found

    def _keep(self, more: bytes) -> None:
        if len(self._rest) + len(more) > self._most_bytes:
            self._rest, self._too_long = bytearray(), True
        if not self._too_long:
            self._rest += more

    def _batches(self, texts: Sequence[bytes | None]) -> Iterator[list[Line]]:
        """Yields a batch of lines at a time, perhaps an empty one, and at least one."""
        for at in range(0, max(1, len(texts)), BATCH):
            batch = []
            for text in texts[at : at + BATCH]:
                self.number += 1
                if text is None:
                    batch.append(Line(self.number, self._refusal()))
                    continue
                if self.number == 1:
                    text = text.removeprefix(BYTE_ORDER_MARK)
                if text and not text.isspace():
                    batch.append(Line(self.number, text))
            yield batch

    def _refusal(self) -> LimitExceeded:
        return LimitExceeded(
            f"Expected lines of at most {self._most_bytes:,} bytes, got a longer one. Send a row "
            "or a picture in each line, and a line end behind it."
        )

    def _hold(self, size: int) -> None:
        """Count so many bytes of the body as held."""
        more, self._held = size - self._held, size
        if more > 0:
            self._bodies.hold(more, size)
        else:
            self._bodies.release(-more)
