"""Which jobs and scorings need versions of models."""

import sys
from collections.abc import Collection, Iterator, Mapping

from worker.jobs.record import UNFINISHED, Record
from worker.jobs.transitions import Transitions
from worker.jsontypes import Json

KINDS = ("job", "pred")  # of records that may need one


def needing(records: Mapping[str, Transitions], name: str, versions: Collection[int]) -> list[str]:
    """Returns the ids of the jobs and scorings that are not over and start from one of these
    versions, verify one or ask one.

    Raises:
        QueueUnavailable: Redis does not answer.
    """
    return [
        record.id
        for kind in KINDS
        for state in UNFINISHED
        for record in records[kind].page(state, sys.maxsize, None)
        for need in needs_of(record)
        if need["model"] == name and need["version"] in versions
    ]


def needs_of(record: Record) -> Iterator[Json]:
    """Yields each version that a job or a scoring needs, as its `model` and its `version`."""
    if record.kind == "pred":
        yield record.body
    for part in ("start_from", "verifies"):
        if record.body.get(part):
            yield record.body[part]
