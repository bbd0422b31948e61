"""What goes with time, as callers see it."""

from collections import Counter
from collections.abc import Iterable
from typing import Self

from pydantic import BaseModel

from worker.operations.retention import Due
from worker.operations.retention_policy import Policy

SHOWN = 100  # of what is due


class KeptKind(BaseModel):
    """A kind of what is kept: for how many `days`, and how many of the `newest`, 0 for any; and how
    much of it would go now."""

    kind: str
    days: float
    newest: int
    due: int
    due_bytes: int


class DueThing(BaseModel):
    kind: str
    id: str
    bytes: int
    why: str


class Retention(BaseModel):
    """What is kept for how long, and the first of what would go now; nothing goes by asking, and
    with `dry_run` at no other time either."""

    dry_run: bool
    kinds: list[KeptKind]
    due: list[DueThing]

    @classmethod
    def of(cls, policy: Policy, due: Iterable[Due]) -> Self:
        shown: list[DueThing] = []
        counts: Counter[str] = Counter()
        sizes: Counter[str] = Counter()
        for each in due:
            counts[each.kind] += 1
            sizes[each.kind] += each.bytes
            if len(shown) < SHOWN:
                shown.append(DueThing(**each._asdict()))
        kinds = [
            KeptKind(kind=kind, **rule._asdict(), due=counts[kind], due_bytes=sizes[kind])
            for kind, rule in policy.rules().items()
        ]
        return cls(dry_run=policy.dry_run, kinds=kinds, due=shown)
