"""What keeps the service from doing its work."""

from worker.errors.base import WorkerError


class QueueUnavailable(WorkerError):
    """Redis does not answer; nothing was accepted, try again."""

    code = "queue_unavailable"


class QueueFull(QueueUnavailable):
    """Redis has no memory left for anything new; nothing was accepted."""

    code = "queue_full"


class TooBusy(WorkerError):
    """More is asked of the service at this moment than it can hold; nothing was begun."""

    code = "too_busy"


class TooManyConnections(WorkerError):
    """As many clients are connected as this process serves at a time."""

    code = "too_many_connections"


TOO_MANY_CONNECTIONS = (
    "Expected fewer connections at a time, and this one is more than can be served. Close some, or "
    "try again shortly."
)


class ReadOnlyKey(WorkerError):
    """The key of the request may look and ask, and change nothing."""

    code = "read_only_key"


class MissingScope(WorkerError):
    """The key of the request is for something else."""

    code = "missing_scope"


class RateLimited(WorkerError):
    """The key of the request has made as many requests as it may in a minute."""

    code = "rate_limited"


class TooManyStreams(WorkerError):
    """As many clients follow jobs as this process serves at a time."""

    code = "too_many_streams"


class AcceptanceUnknown(QueueUnavailable):
    """Redis stopped answering in the middle of a request: it may have been accepted or not."""

    code = "acceptance_unknown"

    def __init__(self, what: str) -> None:
        super().__init__(
            f"Redis stopped answering while the {what} was handed in: it may have been accepted or "
            "not. Look for it, or send it again with the Idempotency-Key that it had."
        )


class StoreFull(WorkerError):
    """The disk under the store is full, or nearly so."""

    code = "insufficient_storage"


class FetchFailed(WorkerError):
    """Another server did not give the file that was to be fetched from it."""

    code = "fetch_failed"


class DamagedDataset(WorkerError):
    """A dataset's files are no longer what was imported."""

    code = "damaged_dataset"


class PreprocessingChanged(WorkerError):
    """Pictures become other pixels here than those on which a model was trained."""

    code = "preprocessing_changed"


class BackboneUnavailable(WorkerError):
    """The process that runs a backbone has ended, or none comes up; the next one may not."""

    code = "backbone_unavailable"


class DamagedBackbone(WorkerError):
    """A backbone's file is no longer what was imported, or not there."""

    code = "damaged_backbone"


class DamagedModel(WorkerError):
    """A model's file is no longer what was published."""

    code = "damaged_model"


class DamagedScoring(WorkerError):
    """A file with answers for rows is no longer what was written."""

    code = "damaged_scoring"
