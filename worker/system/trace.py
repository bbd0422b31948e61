"""Which trace this code works for, as W3C's Trace Context names it (level 1, 3.2).

Whoever asks sends `traceparent`; the job that comes of it keeps one, and so do its workers and its
webhook: so what was done for one request is found by one id, in the logs of all.
"""

import re
import secrets
from contextvars import ContextVar
from typing import NamedTuple

TRACEPARENT = "traceparent"
SOUND = re.compile(r"([0-9a-f]{2})-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})(-.*)?")
FIRST, NO_VERSION = "00", "ff"


class Trace(NamedTuple):
    """A place in a trace.

    Attributes:
        trace_id: of the whole trace, in hexadecimal.
        span_id: of this place.
        flags: what the caller wishes, such as `01`: that it be recorded.
    """

    trace_id: str
    span_id: str
    flags: str

    def __str__(self) -> str:
        return f"{FIRST}-{self.trace_id}-{self.span_id}-{self.flags}"

    def child(self) -> "Trace":
        """Returns a new place in the same trace, below this one."""
        return self._replace(span_id=secrets.token_hex(8))


# Of the request, or the attempt, that this code works for.
current_trace: ContextVar[Trace | None] = ContextVar("current_trace", default=None)


def trace_of(text: str | None) -> Trace | None:
    """Returns the place that a `traceparent` names; None of what is none, which the standard has
    us ignore."""
    if text is None or (found := SOUND.fullmatch(text)) is None:
        return None
    version, trace_id, span_id, flags, more = found.groups()
    if version == NO_VERSION or (version == FIRST and more):
        return None
    if set(trace_id) == {"0"} or set(span_id) == {"0"}:
        return None
    return Trace(trace_id, span_id, flags)


def traced() -> dict[str, str]:
    """Returns the `traceparent` of what this code asks of others; none where it works for none."""
    trace = current_trace.get()
    return {TRACEPARENT: str(trace)} if trace else {}
