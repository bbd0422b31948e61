"""Which jobs and scorings need versions of models."""

import sys
from collections.abc import Collection, Mapping

from worker.jobs.placement import COMPUTING
from worker.jobs.record import UNFINISHED
from worker.jobs.transitions import Transitions
from worker.jsontypes import Json

PARTS = ("start_from", "verifies")  # of a job, which name a version


def needing(records: Mapping[str, Transitions], name: str, versions: Collection[int]) -> list[str]:
    """Returns the ids of the jobs and scorings that are not over and start from one of these
    versions, verify one or ask one.

    Raises:
        QueueUnavailable: Redis does not answer.
    """
    return [
        record.id
        for kind in COMPUTING
        for state in UNFINISHED
        for record in records[kind].page(state, sys.maxsize, None)
        for need in needs_of(record.kind, record.body).values()
        if need["model"] == name and need["version"] in versions
    ]


def needs_of(kind: str, body: Json) -> dict[str, Json]:
    """Returns each version that a job or a scoring needs, as its `model` and its `version`, by the
    JSON Pointer of where its body names it."""
    if kind == "pred":
        return {"": body}
    return {f"/{part}": body[part] for part in PARTS if body.get(part)}
