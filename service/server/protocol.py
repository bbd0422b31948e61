"""uvicorn's HTTP/1.1 protocol, on connections that have deadlines."""

import asyncio
import http
import time
from typing import Any

import h11
from uvicorn.protocols.http.h11_impl import H11Protocol

from service.errors import CODES, problem
from service.middleware.limits import MAX_HEAD_BYTES
from service.server.connections import LEAST_RATE, SILENT_S, Connections, Phase, Reason
from service.server.early_refusals import EarlyRefusals
from service.server.h11_events import BoundedConnection
from worker import errors


class BoundedProtocol(H11Protocol):
    """A connection with deadlines, which may be closed to make room for others.

    Attributes:
        phase: what it waits for.
        since: since when, by the monotonic clock.
        only_probes: whether it may ask for health and metrics only, as one above the maximum.
    """

    connections_: Connections
    early_refusals_: EarlyRefusals
    conn: BoundedConnection

    def __init__(self, *arguments: Any, **named: Any) -> None:
        super().__init__(*arguments, **named)
        self.conn = BoundedConnection()
        self.since = time.monotonic()
        self.only_probes = False
        self._refused = self._was_kept = False
        self._phase, self._seen_request = Phase.IDLE, self.cycle
        self._received, self._heard_at = 0, self.since
        self._window_at, self._window_bytes = self.since, 0
        self._taking_since: float | None = None  # since when something waits to be taken

    # Called by asyncio and uvicorn.

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        self.connections_.enter(self)
        if self.only_probes:
            self.app_state = {**self.app_state, "only_probes": True}

    def connection_lost(self, exc: Exception | None) -> None:
        self.connections_.leave(self)
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        if self._refused:
            return
        self._received += len(data)
        self._heard_at = time.monotonic()
        early = self.early_refusals_
        if early.are_wanted and self._waits_for_request():
            answer = early.answer(data, self.server_state.default_headers)
            if answer is not None:
                return self._refuse_early(answer)
        try:
            super().data_received(data)
        except UnicodeError:  # in the path, which uvicorn takes for ASCII
            self.send_400_response("a path that is not in ASCII; encode it with percent signs.")

    def resume_writing(self) -> None:
        self._taking_since = None
        super().resume_writing()

    def send_400_response(self, msg: str) -> None:
        """Answer bytes that are not HTTP by a problem, where uvicorn would send plain text."""
        self.connections_.malformed += 1
        if self.conn.our_state not in (h11.IDLE, h11.SEND_RESPONSE):
            return self.transport.abort()
        if (why := self.conn.refused) is not None:
            return self._answer(why.status, why.code, why.detail)
        self._answer(
            400,
            "malformed_request",
            f"Expected an HTTP/1.1 request with a head of at most {MAX_HEAD_BYTES:,} bytes, got "
            f"something else: {msg}",
        )

    def _answer(self, status: int, code: str, detail: str) -> None:
        """Send a problem that belongs to no request, and close the connection."""
        response = problem(status, code, detail, "", {"Connection": "close"})
        reason = http.HTTPStatus(status).phrase.encode()
        events: list[h11.Event] = [
            h11.Response(status_code=status, headers=response.raw_headers, reason=reason),
            h11.Data(data=bytes(response.body)),
            h11.EndOfMessage(),
        ]
        self.transport.write(b"".join(self.conn.send(event) or b"" for event in events))
        self.transport.close()

    def _waits_for_request(self) -> bool:
        """Whether nothing of a request has come yet, and all answers before it were taken."""
        return (
            (self.cycle is None or self.cycle.response_complete)
            and (self.conn.our_state, self.conn.their_state) == (h11.IDLE, h11.IDLE)
            and not (self.flow.write_paused or self.only_probes or self.conn.trailing_data[0])
        )

    def _refuse_early(self, answer: bytes) -> None:
        """Send this answer, and wait for the next request."""
        self._was_kept = True
        self.transport.write(answer)
        self._unset_keepalive_if_required()
        self.timeout_keep_alive_task = self.loop.call_later(
            self.timeout_keep_alive, self.timeout_keep_alive_handler
        )

    # Called by `Connections`.

    @property
    def phase(self) -> Phase:
        """What the connection waits for now."""
        if self.cycle is not None and not self.cycle.response_complete:
            return Phase.BODY if self.cycle.more_body else Phase.WORKING
        # Most clients send their whole body before they read. If the connection was closed now,
        # they would never see the answer.
        if self.cycle is not None and self.conn.their_state is h11.SEND_BODY:
            return Phase.DRAINING
        new = self.cycle is None and not self._was_kept
        return Phase.HEADERS if new or self.conn.trailing_data[0] else Phase.IDLE

    def may_go(self, now: float) -> bool:
        phase = self.phase
        silent = now - self._heard_at > SILENT_S
        return phase <= Phase.HEADERS or (phase < Phase.WORKING and silent)

    def complaint(self, now: float) -> Reason | None:
        self._note(now)
        settings = self.connections_.settings
        if self._is_stalled(now, settings.stall_timeout_s):
            return Reason.SLOW_READER
        took = now - self.since
        if self._phase is Phase.HEADERS and took > settings.header_timeout_s:
            return Reason.SLOW_HEAD
        if self._phase is Phase.DRAINING and took > settings.stall_timeout_s:
            return Reason.REFUSED_BODY
        if self._phase is Phase.BODY and not self._gets_on(now, settings.stall_timeout_s):
            return Reason.SLOW_BODY
        return None

    def refuse(self) -> None:
        self._refused = True
        self._answer(503, errors.TooManyConnections.code, errors.TOO_MANY_CONNECTIONS)

    def end(self) -> None:
        if self._phase is Phase.HEADERS and self._received and not self.transport.is_closing():
            self._answer(408, CODES[408], "Expected the head of a request, and it did not come.")
        else:
            self.transport.abort()

    # How far the client is.

    def _note(self, now: float) -> None:
        """Start the clock anew when the phase or the request has changed."""
        phase = self.phase
        if phase is not self._phase or self.cycle is not self._seen_request:
            self._phase, self._seen_request, self.since = phase, self.cycle, now
            self._window_at, self._window_bytes = now, self._received

    def _gets_on(self, now: float, window_s: float) -> bool:
        """Whether the body comes at LEAST_RATE or more, on the average of each window."""
        if self.flow.read_paused:  # the service does not read, so the client is not to blame
            self._window_at, self._window_bytes = now, self._received
        elif now - self._window_at > window_s:
            came = self._received - self._window_bytes
            self._window_at, self._window_bytes = now, self._received
            return came >= LEAST_RATE * window_s
        return True

    def _is_stalled(self, now: float, window_s: float) -> bool:
        """Whether the client has not taken what waits to be sent within `window_s` seconds.

        uvicorn calls `resume_writing` once nearly all of it is taken, which restarts the clock. So
        a client must take at least one full write buffer in each window.
        """
        if not self.transport.get_write_buffer_size():
            self._taking_since = None
        elif self._taking_since is None:
            self._taking_since = now
        return self._taking_since is not None and now - self._taking_since > window_s


def protocol_of(connections: Connections, early_refusals: EarlyRefusals) -> type[BoundedProtocol]:
    """Returns a protocol class for uvicorn whose connections are all entered into these."""
    parts = {"connections_": connections, "early_refusals_": early_refusals}
    return type("Protocol", (BoundedProtocol,), parts)
