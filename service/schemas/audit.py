"""A line of the audit log."""

from datetime import datetime
from typing import Self

from pydantic import BaseModel, Field

from worker.store.audit_log import Entry


class AuditEntry(BaseModel):
    """A request that may have changed something, or whose key was refused. `who` is the id of a
    key, `PURR_API_KEY`, `PURR_READ_KEY` or "" of anybody; `claimed` is the id of the key that a
    refused one said to be, which proves nothing."""

    id: str
    at: datetime
    who: str
    name: str
    claimed: str
    from_: str = Field(alias="from", description="The caller's address.")
    method: str
    path: str
    status: int
    code: str
    request_id: str
    left_out: int = Field(0, description="Refusals before this one that were not written down.")

    @classmethod
    def of(cls, entry: Entry) -> Self:
        return cls.model_validate({**entry.said, "id": entry.id})
