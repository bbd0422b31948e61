"""What the state of a dataset, a job or the workers does not allow."""

from typing import Any

from worker.errors.base import WorkerError


class DatasetNotReady(WorkerError):
    """The dataset is still being imported, or was rejected."""

    code = "dataset_not_ready"


class DeviceUnavailable(WorkerError):
    """The job asks for a device that no worker has, or whose worker cannot use it."""

    code = "device_unavailable"


class ExportRefused(WorkerError):
    """The version cannot be taken away as ONNX, or would answer otherwise there."""

    code = "export_refused"


class IllegalMove(WorkerError):
    """The record's state does not allow this move."""

    code = "conflict"


class LeaseLost(WorkerError):
    """Another attempt has the job, or nobody may have it any more: stop, and publish nothing."""

    code = "lease_lost"


class PreconditionFailed(WorkerError):
    """What is to be changed is not as the caller has seen it: nothing was changed."""

    code = "precondition_failed"


class AliasesMoved(PreconditionFailed):
    """The aliases of the model are not those that the caller has seen."""


class PromotionRefused(WorkerError):
    """The guard does not let the version go live.

    Attributes:
        guard: what it found.
    """

    code = "promotion_refused"

    def __init__(self, detail: str, guard: dict[str, Any]) -> None:
        super().__init__(detail)
        self.guard = guard


class KeysOff(WorkerError):
    """No key is asked for, so none can be made."""

    code = "keys_off"
