"""The work at a dataset: from an upload, or from another dataset, to arrays in the store."""

from collections.abc import Callable
from contextlib import ExitStack, suppress
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

from worker.data.importer import import_files
from worker.data.options import ImportOptions
from worker.data.prepare import Prepared
from worker.data.progress import Tell
from worker.errors import DatasetNotFound
from worker.jobs.attempt import Attempt
from worker.jobs.record import Record
from worker.jsontypes import Json
from worker.spec import EditsSpec
from worker.store.store import Store
from worker.tasks.context import WorkerContext
from worker.tasks.import_progress import ImportProgress
from worker.tasks.sources import Sources
from worker.tasks.uploaded import Check, published

# What a manifest says of the request, so that a dataset can be made again without its record.
ASKED = ("name", "options", "dry_run", "parent", "version", "edits")


def import_dataset(context: WorkerContext, attempt: Attempt) -> Json:
    """Turn an upload into a dataset, and remove the upload; or make a new version of a dataset.

    Returns:
        The dataset's manifest.

    Raises:
        WorkerError: it cannot be made, or the attempt must end.
    """
    known = known_manifest(context.store, attempt.record.id)
    return published(context, attempt, known, partial(imported, context, attempt))


def known_manifest(store: Store, dataset_id: str) -> Json | None:
    with suppress(DatasetNotFound):
        return store.datasets.manifest(dataset_id)
    return None


def imported(context: WorkerContext, attempt: Attempt, check: Check) -> Json:
    """Returns the manifest of the dataset, which is in the store then.

    Raises:
        WorkerError: as `import_dataset` does.
    """
    record, store = attempt.record, context.store
    prepare = edited if "edits" in record.body else uploaded
    asked = {name: record.body[name] for name in ASKED if name in record.body}
    about = {**asked, "created_at": datetime.now(UTC).isoformat()}
    tell = ImportProgress(attempt).tell
    tell("reading", 0, None)
    with store.datasets.local_folder(record.id) as part:
        prepared = prepare(context, record, part, check, tell)
        store.quota.count_anew()  # the sealed process knows nothing of it
        check()
        manifest = {**about, **prepared.as_dict()}
        kept = not record.body.get("dry_run")
        return store.datasets.publish(record.id, part, manifest, with_rows=kept, check=check)


def uploaded(
    context: WorkerContext, record: Record, part: Path, check: Callable[[], None], tell: Tell
) -> Prepared:
    """Write the arrays of an upload into a folder, and keep its files if they are of use."""
    settings, store = context.settings, context.store
    options = ImportOptions.model_validate(record.body.get("options", {}))
    files = store.uploads.local_files(record.id)
    prepared = import_files(files, part, settings, options=options, check=check, tell=tell)
    tell("publishing", 0, None)
    if prepared.decoded and settings.keep_originals and not record.body.get("dry_run"):
        store.originals.keep(files, part, check)
    return prepared


def edited(
    context: WorkerContext, record: Record, part: Path, check: Callable[[], None], tell: Tell
) -> Prepared:
    """Write the arrays of a dataset into a folder, edited."""
    edits = EditsSpec.model_validate(record.body["edits"])
    with ExitStack() as scratch:
        sources = Sources(context, record.id, check, tell, edits.image_size, scratch)
        prepared = sources.edited(edits, record.body["parent"], part)
    tell("publishing", 0, None)
    return prepared
