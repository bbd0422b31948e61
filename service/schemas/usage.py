"""What takes the room of the store, as callers see it."""

from datetime import datetime
from typing import Self

from pydantic import BaseModel

from worker.store.store import Store
from worker.store.usage import Found


class KindOfFiles(BaseModel):
    """Files of one kind, and how many folders of their own they have: datasets, models, jobs."""

    kind: str
    bytes: int
    files: int
    things: int


class LargeThing(BaseModel):
    kind: str
    id: str
    bytes: int


class Usage(BaseModel):
    """`bytes` is of all files of the data folder; the other three are of its disk and settings."""

    counted_at: datetime
    bytes: int
    free_bytes: int
    reserve_bytes: int
    max_bytes: int
    kinds: list[KindOfFiles]
    largest: list[LargeThing]

    @classmethod
    def of(cls, found: Found, store: Store) -> Self:
        return cls(
            counted_at=found.counted_at,
            bytes=found.bytes,
            free_bytes=store.space.free_bytes(),
            reserve_bytes=store.space.reserve_bytes,
            max_bytes=store.quota.max_bytes,
            kinds=[KindOfFiles(**kind._asdict()) for kind in found.kinds],
            largest=[LargeThing(**thing._asdict()) for thing in found.largest],
        )
