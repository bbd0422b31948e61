"""How an attempt at a job can end before its last epoch."""

from worker.errors.base import WorkerError


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


class WeightsDiffer(Stopped):
    """A training that is done again has come to other weights than then."""

    code = "weights_differ"


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
