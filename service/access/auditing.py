"""Who has changed what, and who was refused, written down before anybody is told so."""

import logging
import time
from datetime import UTC, datetime

import anyio
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from service.access.caller import Caller
from service.access.rules import Rules
from service.middleware.request_log import shown
from worker.errors import MissingScope, ReadOnlyKey, StoreFull
from worker.jsontypes import Json
from worker.store.audit_log import CHANGES, REFUSALS, AuditLog

REFUSED = frozenset({"unauthenticated", MissingScope.code, ReadOnlyKey.code})
A_MINUTE_S, MOST_REFUSALS = 60, 60

log = logging.getLogger(__name__)


class Audit:
    """Writes down requests that may change something, with what became of them, and those of which
    the key was refused; of the latter so many in a minute, and how many were left out.

    State: since when refusals are counted, how many there were, and how many were left out.
    """

    def __init__(self, kept: AuditLog, rules: Rules) -> None:
        self.kept, self._rules = kept, rules
        # One at a time, as a lock has it anyway: a slow disk takes up no more threads.
        self._turns = anyio.CapacityLimiter(1)
        self._since, self._refused, self._left_out = 0.0, 0, 0

    async def note(self, scope: Scope, status: int) -> None:
        """Write down a request if it is one of those.

        Args:
            status: of its answer.
        """
        kind = self._kind_of(scope)
        if kind is None or (kind == REFUSALS and not self._counts()):
            return
        said = told(scope, status)
        if kind == REFUSALS:
            said["left_out"], self._left_out = self._left_out, 0
        try:
            await anyio.to_thread.run_sync(self.kept.add, kind, said, limiter=self._turns)
        except (OSError, StoreFull) as error:
            # What was done is done. The service's log has it at least.
            log.error("cannot be written to the audit log (%s): %s", error, said)

    def _kind_of(self, scope: Scope) -> str | None:
        if scope["state"].get("problem") in REFUSED:
            return REFUSALS
        changes = self._rules.changes(scope["method"], scope["path"])
        return CHANGES if changes and "caller" in scope["state"] else None

    def _counts(self) -> bool:
        """Whether one more refusal is written down; who is refused may send any number."""
        now = time.monotonic()
        if now - self._since > A_MINUTE_S:
            self._since, self._refused = now, 0
        self._refused += 1
        if self._refused > MOST_REFUSALS:
            self._left_out += 1
            return False
        return True


class AuditMiddleware:
    """Has every answer noted before it goes out."""

    def __init__(self, app: ASGIApp, audit: Audit) -> None:
        self._app, self._audit = app, audit

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            return await self._app(scope, receive, send)
        begun = False

        async def noted(message: Message) -> None:
            nonlocal begun
            if message["type"] == "http.response.start" and not begun:
                begun = True
                await self._audit.note(scope, message["status"])
            await send(message)

        try:
            await self._app(scope, receive, noted)
        except Exception:
            if not begun:
                await self._audit.note(scope, 500)  # what the outermost layer will answer
            raise


def told(scope: Scope, status: int) -> Json:
    """Returns what is written down of a request: no query, no body and nothing of a key but its id
    and its name."""
    state, client = scope["state"], scope.get("client")
    caller: Caller | None = state.get("caller")
    return {
        "at": datetime.now(UTC).isoformat(),
        "who": caller.id if caller else "",
        "name": caller.name if caller else "",
        "claimed": state.get("claimed", ""),
        "from": client[0] if client else "",
        "method": scope["method"][:20],
        "path": shown(scope),
        "status": status,
        "code": state.get("problem", ""),
        "request_id": state.get("request_id", ""),
    }
