"""All connections: their deadlines, and which one is closed when there are too many.

All connections are checked once a second, so that no connection needs timers of its own.
"""

import logging
import resource
import time
from collections import Counter
from collections.abc import Iterator
from enum import IntEnum, StrEnum
from typing import Protocol

from service.settings import ServiceSettings

# Descriptors that are kept for other things than counted connections: for Redis, for decoders, and
# for connections that asyncio has accepted but not announced. Those of transfers are added to them.
RESERVED_DESCRIPTORS = 192
PROBES = 16  # connections above the maximum, which may ask for health and metrics only
SILENT_S = 5.0  # without a byte in the middle of a body, after which it may be closed for others
LEAST_RATE = 1024  # bytes a second at which a body must come and an answer must be taken
TELL_S = 10.0  # between two lines in the log about closed connections

log = logging.getLogger(__name__)


class Phase(IntEnum):
    """What a connection waits for."""

    IDLE = 0  # for the next request
    HEADERS = 1  # for the rest of a request's head
    BODY = 2  # for the rest of a request's body
    DRAINING = 3  # for the rest of a body that nobody wants, since its request was refused
    WORKING = 4  # for the service


class Reason(StrEnum):
    """Why a connection was ended, as the log says it."""

    SLOW_HEAD = "a request's head did not come"
    SLOW_BODY = "a request's body did not come"
    REFUSED_BODY = "a refused body did not end"
    SLOW_READER = "an answer was not taken"
    ROOM = "room for others"
    TOO_MANY = "too many connections"


class Connection(Protocol):
    """What is asked of a connection."""

    only_probes: bool

    @property
    def phase(self) -> Phase:
        """What it waits for now."""

    def may_go(self, now: float) -> bool:
        """Whether it may be closed to make room for another one."""

    def complaint(self, now: float) -> Reason | None:
        """Returns why it must be closed; None if it may stay."""

    def refuse(self) -> None:
        """Answer that there are too many connections, and close."""

    def end(self) -> None:
        """Close at once, whatever is still to be sent."""


class Connections:
    """All connections of this process.

    Attributes:
        most: how many may be open; PROBES more may be, for health and metrics.
        ended: how many were closed, by the reason.
        phases: how many waited for what at the last look.
        malformed: how many sent something that is not HTTP.
    """

    def __init__(self, settings: ServiceSettings) -> None:
        self.settings = settings
        descriptors, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
        spare = descriptors - RESERVED_DESCRIPTORS - settings.max_transfers
        self.most = max(PROBES, min(settings.max_connections, spare))
        self.ended: Counter[Reason] = Counter()
        self.phases: Counter[Phase] = Counter()
        self.malformed = 0
        self._open: dict[Connection, None] = {}  # in the order in which they came
        self._told, self._told_at = 0, 0.0

    def __iter__(self) -> Iterator[Connection]:
        return iter(self._open)

    def __len__(self) -> int:
        return len(self._open)

    def enter(self, new: Connection) -> None:
        """Let a connection in. If there are too many, close an idle one or refuse this one."""
        if len(self._open) >= self.most and not self._make_room():
            if len(self._open) >= self.most + PROBES:
                self._end(Reason.TOO_MANY)
                new.refuse()
                return
            new.only_probes = True
        self._open[new] = None

    def leave(self, gone: Connection) -> None:
        self._open.pop(gone, None)

    def look(self) -> None:
        """Close the connections that have missed a deadline."""
        now = time.monotonic()
        for connection in [*self._open]:
            if complaint := connection.complaint(now):
                self._end(complaint)
                connection.end()
        self.phases = Counter(connection.phase for connection in self._open)
        self._tell(now)

    def _make_room(self) -> bool:
        """Close the oldest connection on which nothing happens; False if there is none.

        A well-behaved client simply connects again. An attacker who opens many connections and
        sends nothing loses them.
        """
        now = time.monotonic()
        if (oldest := next((one for one in self._open if one.may_go(now)), None)) is None:
            return False
        self._end(Reason.ROOM)
        oldest.end()
        self.leave(oldest)
        return True

    def _end(self, reason: Reason) -> None:
        self.ended[reason] += 1

    def _tell(self, now: float) -> None:
        """Log how many were closed, at most once in TELL_S: a flood must not fill the log."""
        if (total := self.ended.total()) > self._told and now - self._told_at >= TELL_S:
            ended = {str(reason): count for reason, count in self.ended.items()}
            log.warning("ended connections since the start: %s", ended)
            self._told, self._told_at = total, now
