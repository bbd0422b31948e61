"""What can go wrong, one class for each decision of the caller.

A message says what was expected, what came and what to do. `code` is stable and documented in
docs/api.md; only service/errors.py knows which HTTP number belongs to it.
"""


class WorkerError(Exception):
    """Something went wrong that is not the caller's fault; the log has the rest.

    Attributes:
        pointer: the place in the request that is to blame (RFC 6901), "" for all of it.
    """

    code = "internal_error"

    def __init__(self, detail: str, pointer: str = "") -> None:
        super().__init__(detail)
        self.pointer = pointer


# What a caller sent.


class InvalidParameter(WorkerError):
    """A value has the right form but cannot be used here."""

    code = "invalid_parameter"


class MalformedBody(WorkerError):
    """The body is not the JSON that it claims to be."""

    code = "malformed_request"


class CorruptFile(WorkerError):
    """The bytes are not the kind of file they claim to be, or are damaged."""

    code = "corrupt_file"


class UnsafeFile(WorkerError):
    """The file refers to something outside itself, or would run code."""

    code = "unsafe_file"


class UnsupportedFile(WorkerError):
    """The file may be sound, but it is of a kind that is not read here."""

    code = "unsupported_media_type"


class LimitExceeded(WorkerError):
    """Decoded or estimated, it is larger than a limit of this service allows."""

    code = "limit_exceeded"


class TooCostly(WorkerError):
    """A picture takes more time or memory to decode than there is for one."""

    code = "too_costly"


class TooLarge(WorkerError):
    """More bytes came over the wire than the limit allows."""

    code = "too_large"


# What a caller named.


class DatasetNotFound(WorkerError):
    """No dataset has this id."""

    code = "dataset_not_found"


class JobNotFound(WorkerError):
    """No job has this id."""

    code = "job_not_found"


class ModelNotFound(WorkerError):
    """No model, or no version of it, has this name."""

    code = "model_not_found"


class WebhookNotFound(WorkerError):
    """No webhook has this id."""

    code = "webhook_not_found"


# What the state of things does not allow.


class DatasetNotReady(WorkerError):
    """The dataset is still being imported, or was rejected."""

    code = "dataset_not_ready"


class DeviceUnavailable(WorkerError):
    """The job asks for a device that no worker has, or whose worker cannot use it."""

    code = "device_unavailable"


class IllegalMove(WorkerError):
    """The record's state does not allow this move."""

    code = "conflict"


class LeaseLost(WorkerError):
    """Another attempt has the job, or nobody may have it any more: stop, and publish nothing."""

    code = "lease_lost"


# What keeps the service from doing its work.


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


class TooManyStreams(WorkerError):
    """As many clients follow jobs as this process serves at a time."""

    code = "too_many_streams"


class AcceptanceUnknown(QueueUnavailable):
    """Redis stopped answering in the middle of a request: it may have been accepted or not."""

    def __init__(self, what: str) -> None:
        super().__init__(
            f"Redis stopped answering while the {what} was handed in: it may have been accepted or "
            "not. Look for it, or send it again with the Idempotency-Key that it had."
        )


class StoreFull(WorkerError):
    """The disk under the store is full, or nearly so."""

    code = "insufficient_storage"


class DamagedDataset(WorkerError):
    """A dataset's files are no longer what was imported."""

    code = "damaged_dataset"


class DamagedModel(WorkerError):
    """A model's file is no longer what was published."""

    code = "damaged_model"


# How an attempt can end.


class Cancelled(WorkerError):
    """Somebody asked for the job to be cancelled."""

    code = "cancelled"


class Paused(WorkerError):
    """Somebody asked for a pause; the job waits for somebody to resume it."""

    code = "paused"


class Stopped(WorkerError):
    """The training is to end here; what was learned is kept."""

    code = "stop"


class OutOfTime(Stopped):
    """The training has taken the seconds that it may; what was learned is kept."""

    code = "max_seconds"


class IdempotencyConflict(WorkerError):
    """The key was used before, for another request."""

    code = "idempotency_conflict"


class Preempted(WorkerError):
    """The worker was told to stop; the job goes back to the queue."""

    code = "preempted"


class Diverged(WorkerError):
    """The cost became infinite or not a number."""

    code = "diverged"


class OutOfMemory(WorkerError):
    """The job needed more memory than there is."""

    code = "out_of_memory"


class GradientCheckFailed(WorkerError):
    """The derived gradients and the measured ones are apart: the core has a fault."""

    code = "gradient_check_failed"


class FoldMismatch(WorkerError):
    """The model that takes raw rows does not answer as the trained network did."""

    code = "fold_mismatch"


class WorkerLost(WorkerError):
    """The process that had the record died more often than is allowed."""

    code = "worker_lost"


def family(kind: type[WorkerError] = WorkerError) -> list[type[WorkerError]]:
    """The class and everything below it, depth first."""
    return [kind, *(below for child in kind.__subclasses__() for below in family(child))]
