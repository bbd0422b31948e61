"""A webhook."""

from datetime import datetime
from typing import Self

from pydantic import BaseModel

from worker.jobs import outbox


class Webhook(BaseModel):
    """A message about a job's end, and what became of it; `next_at` is null unless pending."""

    id: str
    job: str
    type: str
    url: str
    state: outbox.DeliveryState
    attempts: int
    next_at: datetime | None
    last_status: int | None
    last_error: str | None
    created_at: datetime
    delivered_at: datetime | None

    @classmethod
    def of(cls, delivery: outbox.Delivery) -> Self:
        return cls.model_validate(vars(delivery))
