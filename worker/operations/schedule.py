"""A schedule as its request and its book say it."""

from typing import NamedTuple

from worker.jobs.record import Record
from worker.jsontypes import Json
from worker.operations.schedule_book import ScheduleBook
from worker.spec.cron import next_time


class Schedule(NamedTuple):
    """Attributes:
    body: what was asked for, with the upload `root` from which its dataset is.
    record: that of the job that is not known to be over, if there is one.
    """

    id: str
    body: Json
    book: ScheduleBook
    record: Record | None = None

    @property
    def next_ms(self) -> int | None:
        """When cron's next time comes, in milliseconds since 1970; None of a schedule that is
        paused, or waits for versions."""
        when = self.body["when"]
        if self.book.paused or when["cron"] is None:
            return None
        return next_time(when["cron"], when["time_zone"], self.book.since_ms)
