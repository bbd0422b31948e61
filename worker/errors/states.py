"""What the state of a dataset, a job or the workers does not allow."""

from worker.errors.base import WorkerError


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
