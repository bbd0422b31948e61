"""What jobs and datasets share: an id, a state, and how one looks at them again."""

from __future__ import annotations

import time
from collections.abc import Sequence
from typing import Any, Self

from pydantic import BaseModel, PrivateAttr

from purrceptron.answers import Answer, Problem
from purrceptron.calling import Bound, M
from purrceptron.errors import Overdue
from purrceptron.session import Session


class Record(Answer, Bound[M]):
    """Something that the service keeps, and that changes its state.

    It shows what was last seen of it; its methods look again, and return it as it is then.

    Those that all records have stand with each kind: type checkers lose `Self` in a `call`.
    """

    _session: Session[M] = PrivateAttr()

    id: str
    state: str
    problem: Problem | None = None
    notes: str = ""
    tags: list[str] = []

    def _path(self, *verb: str) -> str:
        raise NotImplementedError

    async def _seen(self, method: str, *verb: str, **more: Any) -> Self:
        """Takes on what the service answers of it."""
        now = await self._session.ask(type(self), method, self._path(*verb), **more)
        for part in BaseModel.__slots__:  # all that an object of Pydantic consists of
            object.__setattr__(self, part, getattr(now, part))
        return self

    async def _labelled(self, notes: str | None, tags: Sequence[str] | None) -> Self:
        wanted = {"notes": notes, "tags": tags}
        known = {name: value for name, value in wanted.items() if value is not None}
        return await self._seen("PATCH", body=lambda: {"json": known})


class Deadline:
    """When a caller stops waiting for a record; never, if `timeout_s` is None."""

    def __init__(self, record: Record[Any], timeout_s: float | None) -> None:
        self._record, self._timeout_s = record, timeout_s
        self._until = None if timeout_s is None else time.monotonic() + timeout_s

    @property
    def left_s(self) -> float | None:
        """Seconds that are left; None if it never comes."""
        return None if self._until is None else max(0.0, self._until - time.monotonic())

    def at_most(self, seconds: float) -> float:
        """Returns so many seconds, or those that are left.

        Raises:
            Overdue: there are none.
        """
        if (left := self.left_s) is None:
            return seconds
        if not left:
            raise Overdue(
                f"{self._record.id} was still {self._record.state} after {self._timeout_s:g} s."
            )
        return min(left, seconds)
