"""The work at a dataset: from an upload, or from another dataset, to arrays in the store."""

from contextlib import ExitStack, suppress
from datetime import UTC, datetime
from pathlib import Path

from worker.data.importer import import_files
from worker.data.options import ImportOptions
from worker.data.prepare import Prepared
from worker.errors import DatasetNotFound, LeaseLost, Preempted
from worker.jobs.attempt import Attempt
from worker.jsontypes import Json
from worker.spec import EditsSpec
from worker.tasks.context import WorkerContext
from worker.tasks.sources import Sources

# What a manifest says of the request, so that a dataset can be made again without its record.
ASKED = ("name", "options", "parent", "version", "edits")


def import_dataset(context: WorkerContext, attempt: Attempt) -> Json:
    """Turn an upload into a dataset, and remove the upload; or make a new version of a dataset.

    Returns:
        The dataset's manifest.

    Raises:
        WorkerError: it cannot be made, or the attempt must end.
    """
    record, store = attempt.record, context.store
    with suppress(DatasetNotFound):
        # An earlier attempt published the dataset, and died before it could report that.
        return store.datasets.manifest(record.id)
    prepare = edited if "edits" in record.body else uploaded
    try:
        with store.datasets.local_folder(record.id) as part:
            prepared = prepare(context, attempt, part)
            asked = {name: record.body[name] for name in ASKED if name in record.body}
            about = {**asked, "created_at": datetime.now(UTC).isoformat()}
            manifest = store.datasets.publish(record.id, part, {**about, **prepared.as_dict()})
    except (LeaseLost, Preempted):
        raise  # the next attempt needs the upload
    except Exception:
        store.uploads.drop(record.id)
        raise
    store.uploads.drop(record.id)
    return manifest


def uploaded(context: WorkerContext, attempt: Attempt, part: Path) -> Prepared:
    """Write the arrays of an upload into a folder, and keep its files if they are of use."""
    record, settings, store = attempt.record, context.settings, context.store
    options = ImportOptions.model_validate(record.body.get("options", {}))
    files = store.uploads.local_files(record.id)
    prepared = import_files(files, part, settings, options=options, check=attempt.check)
    if prepared.decoded and settings.keep_originals:
        store.originals.keep(files, part, attempt.check)
    return prepared


def edited(context: WorkerContext, attempt: Attempt, part: Path) -> Prepared:
    """Write the arrays of a dataset into a folder, edited."""
    body = attempt.record.body
    edits = EditsSpec.model_validate(body["edits"])
    with ExitStack() as scratch:
        sources = Sources(context, attempt, edits.image_size, scratch)
        return sources.edited(edits, body["parent"], part)
