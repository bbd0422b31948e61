"""What is known of a dataset, if it is ready."""

from worker.errors import DatasetNotReady
from worker.jobs.record import Record, State
from worker.jsontypes import Json

NOT_READY = {State.FAILED: "was rejected", State.CANCELLED: "was cancelled"}


def manifest_of(dataset: Record) -> Json:
    """Returns the manifest of a dataset.

    Raises:
        DatasetNotReady: it is not imported yet, was rejected, is in the trash, or was only looked
            at.
    """
    if dataset.trashed_until is not None:
        raise DatasetNotReady(
            f"Expected a dataset that is ready; {dataset.id} is in the trash. Restore it by "
            f"POST /v1/datasets/{dataset.id}/restore."
        )
    if dataset.state is not State.SUCCEEDED or dataset.result is None:
        reason = NOT_READY.get(dataset.state, "is still importing")
        raise DatasetNotReady(f"Expected a dataset that is ready; {dataset.id} {reason}.")
    if dataset.body.get("dry_run"):
        raise DatasetNotReady(
            f"Expected a dataset that is ready; {dataset.id} was only looked at (dry_run), and "
            "nothing but the report was kept. Upload it without dry_run."
        )
    return dataset.result
