"""h11's connection, with limits on what takes much time to read and few bytes to send.

h11 is written in Python. To read one line of a head, or one chunk of a body, takes it as long as
kilobytes of a plain body, in the thread that serves all clients.
"""

import re
from typing import Any

import h11

from service.errors import CODES
from service.middleware.limits import LONG_HEAD, MAX_HEAD_BYTES

# The most lines of a head, and percent signs in its first line. The application has lower limits,
# with better messages, for heads that pass these.
MAX_LINES, MAX_PERCENT_SIGNS = 1_000, 3_000
# A body may have FREE_CHUNKS chunks of any size; beyond these, chunks must have LEAST_CHUNK_BYTES
# on the average.
FREE_CHUNKS, LEAST_CHUNK_BYTES = 256, 512
END_OF_HEAD = re.compile(rb"\n\r?\n")
SMALL_CHUNKS = (
    f"Expected a body in chunks of {LEAST_CHUNK_BYTES} bytes or more on the average, got far "
    "smaller ones. Send larger chunks, or the body's length."
)


class Refused(h11.RemoteProtocolError):
    """The request is HTTP, but too costly to read; `detail` says why."""

    def __init__(self, status: int, detail: str) -> None:
        super().__init__(detail, error_status_hint=status)
        self.status, self.code, self.detail = status, CODES[status], detail


class BoundedConnection(h11.Connection):
    """h11's, with a bound on lines and chunks.

    Attributes:
        refused: why the last request was not read to its end; None if it was.
    """

    def __init__(self) -> None:
        super().__init__(h11.SERVER, MAX_HEAD_BYTES)
        self.refused: Refused | None = None
        self._chunks = self._bytes = 0

    def next_event(self) -> Any:
        """Returns h11's next event.

        Raises:
            Refused: the head has too many lines or signs, or the body's chunks are too small.
        """
        if self.their_state is h11.IDLE:
            self._check_head(self.trailing_data[0])
        event = super().next_event()
        if isinstance(event, h11.Request):
            self._chunks = self._bytes = 0
        elif isinstance(event, h11.Data):
            self._chunks += event.chunk_start
            self._bytes += len(event.data)
            if self._chunks > FREE_CHUNKS + self._bytes // LEAST_CHUNK_BYTES:
                self._refuse(400, SMALL_CHUNKS)
        return event

    def _check_head(self, came: bytes) -> None:
        end = END_OF_HEAD.search(came)
        lines = came.count(b"\n", 0, end.end() if end else len(came))
        if lines > MAX_LINES or came.count(b"%", 0, came.find(b"\n")) > MAX_PERCENT_SIGNS:
            self._refuse(431, LONG_HEAD)

    def _refuse(self, status: int, detail: str) -> None:
        self.refused = Refused(status, detail)
        raise self.refused
