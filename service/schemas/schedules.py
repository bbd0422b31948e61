"""A schedule: when a job is made, and what became of those that were."""

from datetime import UTC, datetime
from typing import Literal, Self

from pydantic import BaseModel

from service.schemas.aliases import Promotion
from service.schemas.common import Problem
from service.schemas.jobs import ModelVersion
from worker.jobs.record import State, created_ms
from worker.jsontypes import Json
from worker.operations.schedule import Schedule as Found
from worker.operations.schedule_book import Firing as FoundFiring


class When(BaseModel):
    """Times by cron, or whenever a dataset gets a version."""

    cron: str | None
    time_zone: str
    on: Literal["dataset_version"] | None


class Firing(BaseModel):
    """A time at which a job was made. `job` is null where it was refused; `problem` says why, or
    why it failed. `skipped` counts the times or versions before it that made none."""

    due_at: datetime
    job: str | None
    state: State
    dataset: str
    start_from: ModelVersion | None
    skipped: int
    model: ModelVersion | None
    promotion: Promotion | None
    problem: Problem | None

    @classmethod
    def of(cls, firing: FoundFiring, schedule: Found) -> Self:
        """Returns a firing as JSON shows it."""
        over, record = firing.over or {}, schedule.record
        start, version = firing.start, over.get("version")
        now = State.QUEUED if record is None or record.id != firing.job else record.state
        name = schedule.body["spec"].get("model", "model")
        return cls.model_validate(
            {
                **vars(firing),
                "due_at": moment(firing.due_ms),
                "job": None if over.get("refused") else firing.job,
                "state": over.get("state", now),
                "start_from": start and {"name": start["model"], "version": start["version"]},
                "model": version and {"name": name, "version": version},
                "promotion": over.get("promotion"),
                "problem": over.get("problem"),
            }
        )


class Schedule(BaseModel):
    """When jobs are made of a spec, and the last hundred that were, the newest first. `next_at` is
    null of one that is paused or waits for a version; `skipped` counts what came since the last
    firing and made no job, since that one's was not over."""

    id: str
    state: Literal["active", "paused"]
    spec: Json
    when: When
    dataset: Literal["newest", "named"]
    start: Literal["champion", "nothing"]
    next_at: datetime | None
    skipped: int
    firings: list[Firing]
    created_at: datetime

    @classmethod
    def of(cls, schedule: Found) -> Self:
        """Returns a schedule as JSON shows it."""
        book, next_ms = schedule.book, schedule.next_ms
        return cls.model_validate(
            {
                **schedule.body,
                "id": schedule.id,
                "state": "paused" if book.paused else "active",
                "next_at": None if next_ms is None else moment(next_ms),
                "skipped": book.skipped,
                "firings": [Firing.of(each, schedule) for each in reversed(book.firings)],
                "created_at": moment(created_ms(schedule.id)),
            }
        )


def moment(at_ms: int) -> datetime:
    """Returns a time of so many milliseconds since 1970."""
    return datetime.fromtimestamp(at_ms / 1000, UTC)
