"""The work at a dataset: from an upload to arrays in the store."""

from contextlib import suppress
from datetime import UTC, datetime

from worker.data.importer import import_files
from worker.data.options import ImportOptions
from worker.errors import DatasetNotFound, LeaseLost, Preempted, QueueUnavailable, StoreFull
from worker.jobs.attempt import Attempt
from worker.jobs.room import Room
from worker.jsontypes import Json
from worker.tasks.context import WorkerContext


def import_dataset(context: WorkerContext, attempt: Attempt) -> Json:
    """Turn an upload into a dataset, and remove the upload.

    Returns:
        The dataset's manifest.

    Raises:
        WorkerError: the files cannot be used, or the attempt must end.
    """
    record, store = attempt.record, context.store
    with suppress(DatasetNotFound):
        # An earlier attempt published the dataset, and died before it could report that.
        return store.datasets.manifest(record.id)
    try:
        manifest = imported(context, attempt)
    except (LeaseLost, Preempted):
        raise  # the next attempt needs the upload
    except Exception:
        store.uploads.drop(record.id)
        raise
    store.uploads.drop(record.id)
    return manifest


def imported(context: WorkerContext, attempt: Attempt) -> Json:
    """Returns the manifest of the dataset, which is in the store then. If there is no room for it,
    the trash makes way.

    Raises:
        WorkerError: as `import_dataset` does.
    """
    record, store = attempt.record, context.store
    files = store.uploads.local_files(record.id)
    options = ImportOptions.model_validate(record.body.get("options", {}))
    about = {"name": record.body["name"], "created_at": datetime.now(UTC).isoformat()}

    def check() -> None:
        attempt.check()
        with suppress(
            QueueUnavailable
        ):  # Redis is being told what it forgot; the next look will do
            context.room.check()

    while True:
        try:
            with store.datasets.local_folder(record.id) as part:
                prepared = import_files(files, part, context.settings, options=options, check=check)
                store.quota.count_anew()  # the sealed process knows nothing of it
                check()
                return store.datasets.publish(record.id, part, {**about, **prepared.as_dict()})
        except StoreFull:
            if not made_room(context.room):
                raise


def made_room(room: Room) -> bool:
    """Returns whether a dataset of the trash made way."""
    with suppress(QueueUnavailable):
        return room.make()
    return False
