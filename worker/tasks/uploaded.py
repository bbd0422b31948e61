"""What the work at every upload is like, whatever becomes of it."""

from collections.abc import Callable
from contextlib import suppress

from worker.errors import LeaseLost, Preempted, QueueUnavailable, StoreFull
from worker.jobs.attempt import Attempt
from worker.jsontypes import Json
from worker.tasks.context import WorkerContext

Check = Callable[[], None]


def published(
    context: WorkerContext, attempt: Attempt, known: Json | None, make: Callable[[Check], Json]
) -> Json:
    """Returns the manifest of what an upload became, after which the upload is removed.

    Args:
        known: the manifest, if an earlier attempt has published and died before it could report
            that.
        make: publishes, and returns the manifest. It is to call the function that it is given again
            and again, which raises when the work must end. If there is no room, the trash makes
            way, and it is called anew.

    Raises:
        WorkerError: it cannot be made, or the attempt must end.
    """
    uploads, upload = context.store.uploads, attempt.record.id
    try:
        manifest = known or _made(context, attempt, make)
    except (LeaseLost, Preempted):
        raise  # the next attempt needs the upload
    except Exception:
        uploads.drop(upload)
        raise
    uploads.drop(upload)
    return manifest


def _made(context: WorkerContext, attempt: Attempt, make: Callable[[Check], Json]) -> Json:
    def check() -> None:
        attempt.check()
        # Where Redis is being told what it forgot, the next look will do.
        with suppress(QueueUnavailable):
            context.room.check()

    while True:
        try:
            return make(check)
        except StoreFull:
            if not _made_room(context):
                raise
        except OSError:
            # Where another attempt has begun, it may have removed what this one reads or writes.
            attempt.check()
            raise


def _made_room(context: WorkerContext) -> bool:
    """Returns whether a dataset of the trash made way."""
    with suppress(QueueUnavailable):
        return context.room.make()
    return False
