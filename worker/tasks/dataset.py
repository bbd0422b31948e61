"""The work at a dataset: from an upload, or from another dataset, to arrays in the store."""

from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path

from worker.data.edits.importer import import_edited
from worker.data.importer import import_files
from worker.data.options import ImportOptions
from worker.data.prepare import Prepared
from worker.errors import DatasetNotFound, LeaseLost, Preempted
from worker.jobs.attempt import Attempt
from worker.jsontypes import Json
from worker.spec import EditsSpec
from worker.tasks.context import WorkerContext


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
            about = {"name": record.body["name"], "created_at": datetime.now(UTC).isoformat()}
            manifest = store.datasets.publish(record.id, part, {**about, **prepared.as_dict()})
    except (LeaseLost, Preempted):
        raise  # the next attempt needs the upload
    except Exception:
        store.uploads.drop(record.id)
        raise
    store.uploads.drop(record.id)
    return manifest


def uploaded(context: WorkerContext, attempt: Attempt, part: Path) -> Prepared:
    """Write the arrays of an upload into a folder."""
    record = attempt.record
    options = ImportOptions.model_validate(record.body.get("options", {}))
    files = context.store.uploads.local_files(record.id)
    return import_files(files, part, context.settings, options=options, check=attempt.check)


def edited(context: WorkerContext, attempt: Attempt, part: Path) -> Prepared:
    """Write the arrays of a dataset into a folder, edited."""
    body, datasets = attempt.record.body, context.store.datasets
    edits = EditsSpec.model_validate(body["edits"])
    parent = datasets.local_arrays(body["parent"], attempt.check)
    added = datasets.local_arrays(edits.add, attempt.check) if edits.add else None
    return import_edited(edits, parent, added, part, context.settings, attempt.check)
