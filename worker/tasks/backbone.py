"""The work at a backbone: from an upload to a network in the store that makes features."""

from functools import partial

from worker.data.backbones.importer import import_backbone as examined
from worker.data.backbones.options import BackboneOptions
from worker.jobs.attempt import Attempt
from worker.jobs.record import Record
from worker.jsontypes import Json
from worker.tasks.context import WorkerContext
from worker.tasks.uploaded import Check, published


def import_backbone(context: WorkerContext, attempt: Attempt) -> Json:
    """Turn an upload into a backbone, and remove the upload.

    Returns:
        The backbone's manifest.

    Raises:
        WorkerError: it cannot be made, or the attempt must end.
    """
    known = context.store.backbones.of(attempt.record.id)
    return published(context, attempt, known, partial(made, context, attempt.record))


def made(context: WorkerContext, record: Record, check: Check) -> Json:
    """Returns the manifest of the backbone, which is in the store then."""
    store = context.store
    options = BackboneOptions.model_validate(record.body.get("options", {}))
    (file,) = store.uploads.local_files(record.id)
    with store.backbones.local_folder(record.id) as part:
        backbone = examined(file, part, context.settings, options, check)
        store.quota.count_anew()  # the sealed process knows nothing of it
        check()
        return store.backbones.publish(record.id, part, backbone)
