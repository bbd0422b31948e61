"""What is known of a dataset, if it is ready."""

from worker.errors import DatasetNotReady
from worker.jobs.record import Record, State
from worker.jsontypes import Json

NOT_READY = {State.FAILED: "was rejected", State.CANCELLED: "was cancelled"}


def manifest_of(dataset: Record) -> Json:
    """Returns the manifest of a dataset.

    Raises:
        DatasetNotReady: it is not imported yet, was rejected, or is in the trash.
    """
    if dataset.trashed_until is not None:
        raise DatasetNotReady(
            f"Expected a dataset that is ready; {dataset.id} is in the trash. Restore it by "
            f"POST /v1/datasets/{dataset.id}/restore."
        )
    if dataset.state is not State.SUCCEEDED or dataset.result is None:
        reason = NOT_READY.get(dataset.state, "is still importing")
        raise DatasetNotReady(f"Expected a dataset that is ready; {dataset.id} {reason}.")
    return dataset.result
