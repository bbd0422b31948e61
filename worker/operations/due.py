"""For what a schedule has to make a job now."""

from typing import NamedTuple

from worker.jobs.record import Record, State, created_ms
from worker.jobs.transitions import Transitions
from worker.jsontypes import Json
from worker.operations.schedule_book import ScheduleBook
from worker.spec.cron import last_time
from worker.store.lineages import FIRST, Lineages


class Due(NamedTuple):
    """A time that has come, or a version.

    Attributes:
        at_ms: in milliseconds since 1970.
        times: how many have come, of which this is the last.
        version: the newest that is ready, and `dataset` its id; None where the dataset is named.
    """

    at_ms: int
    times: int
    version: int | None = None
    dataset: str | None = None


class ReadyVersions:
    """Which versions of datasets may be learned from; `records` are those of datasets."""

    def __init__(self, records: Transitions, lineages: Lineages) -> None:
        self._records, self._lineages = records, lineages

    def above(self, root: str, version: int) -> list[tuple[int, str]]:
        """Returns the numbers and ids of those of an upload above a number, the newest first."""
        entries = [(each.version, each.id) for each in self._lineages.entries(root)]
        above = [each for each in [*entries, (FIRST, root)] if each[0] > version]
        known = self._records.several([dataset for _, dataset in above])
        if len(known) < len(above):  # some were deleted, or Redis has forgotten them
            self._records.check_complete()
        return [each for each in above if each[1] in known and is_ready(known[each[1]])]


def is_ready(dataset: Record) -> bool:
    usable = dataset.state is State.SUCCEEDED and dataset.trashed_until is None
    return usable and not dataset.body.get("dry_run")


def due(body: Json, book: ScheduleBook, now_ms: int, versions: ReadyVersions) -> Due | None:
    """Returns what has come since the book was written; None where nothing has.

    Raises:
        QueueUnavailable: Redis does not answer, or does not know all datasets again yet.
    """
    when = body["when"]
    if when["on"] is not None:
        if not (found := versions.above(body["root"], book.version)):
            return None
        version, dataset = found[0]
        return Due(created_ms(dataset), len(found), version, dataset)
    if (times := last_time(when["cron"], when["time_zone"], book.since_ms, now_ms)) is None:
        return None
    newest = versions.above(body["root"], 0) if body["dataset"] == "newest" else []
    return Due(*times, *newest[0]) if newest else Due(*times)
