"""Which backbone is meant: by its id, or by a name that several may have."""

import sys
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, nullcontext, suppress

from worker.errors import BackboneNotFound, InvalidParameter, QueueUnavailable
from worker.jobs.record import Record, State, is_id
from worker.jobs.transitions import Transitions
from worker.operations.newest_called import newest_called
from worker.operations.ready_dataset import NOT_READY
from worker.store.record_archive import Archive

AT = "/backbone"
LISTED = "GET /v1/backbones lists them."


def all_backbones(records: Transitions) -> Iterable[Record]:
    """Returns all of them, the newest first, each read when it is looked at."""
    return records.page(None, sys.maxsize, None)


def called(name: str, records: Transitions) -> Record:
    """Returns the newest backbone of this name that is ready, or else the newest.

    Raises:
        BackboneNotFound: none has this name.
        QueueUnavailable: Redis does not answer, or may have forgotten it.
    """
    found = newest_called(name, records, lambda each: each.state is State.SUCCEEDED)
    if found is None:
        raise BackboneNotFound(
            f"Expected the id or the name of a backbone, got {name!r:.80}. {LISTED}"
        )
    return found


def newest_ready(records: Transitions) -> str | None:
    """Returns the name of the newest backbone that is ready; None where none is, or Redis does not
    answer."""
    with suppress(QueueUnavailable):
        for backbone in all_backbones(records):
            if backbone.state is State.SUCCEEDED and backbone.trashed_until is None:
                return str(backbone.body["name"])
    return None


@contextmanager
def backbone_named(name: str, archive: Archive) -> Iterator[None]:
    """Within this block, a backbone that does not exist is a fault of the job that names it."""
    try:
        with archive.remembering(name) if is_id("bb", name) else nullcontext():
            yield
    except BackboneNotFound as error:
        raise InvalidParameter(
            f"{error} Add one first: POST /v1/backbones with its file, or `purr backbones add`.", AT
        ) from error


def ready_backbone(name: str, records: Transitions, archive: Archive) -> Record:
    """Returns the backbone that a job names.

    Raises:
        InvalidParameter: there is none, or it is not ready.
        QueueUnavailable: Redis does not answer, or does not know it again yet.
    """
    with backbone_named(name, archive):
        found = records.get(name) if is_id("bb", name) else called(name, records)
    if found.result is None or found.trashed_until is not None:
        reason = NOT_READY.get(found.state, "is still imported")
        if found.trashed_until is not None:
            reason = "is being deleted"
        raise InvalidParameter(
            f"Expected a backbone that is ready; {found.id} {reason}. {LISTED}", AT
        )
    return found
