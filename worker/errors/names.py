"""What a caller named that is not there."""

from worker.errors.base import WorkerError


class RecordNotFound(WorkerError):
    """No record has this id; each kind of records has an error of its own."""


class DatasetNotFound(RecordNotFound):
    """No dataset has this id."""

    code = "dataset_not_found"


class RowNotFound(WorkerError):
    """The split of the dataset has no row of this number."""

    code = "row_not_found"


class UploadNotFound(WorkerError):
    """No upload has this id."""

    code = "upload_not_found"


class JobNotFound(RecordNotFound):
    """No job has this id."""

    code = "job_not_found"


class ScoringNotFound(RecordNotFound):
    """No scoring has this id."""

    code = "scoring_not_found"


class SweepNotFound(WorkerError):
    """No sweep has this id."""

    code = "sweep_not_found"


class ScheduleNotFound(WorkerError):
    """No schedule has this id."""

    code = "schedule_not_found"


class PredictionNotFound(WorkerError):
    """No prediction that is kept has this id."""

    code = "prediction_not_found"


class BackboneNotFound(RecordNotFound):
    """No backbone has this id or name."""

    code = "backbone_not_found"


class CheckpointNotFound(WorkerError):
    """The job has kept no checkpoint of this epoch."""

    code = "checkpoint_not_found"


class ModelNotFound(WorkerError):
    """No model, or no version of it, has this name."""

    code = "model_not_found"


class AliasNotFound(WorkerError):
    """The model has no alias of this name."""

    code = "alias_not_found"


class WebhookNotFound(WorkerError):
    """No webhook has this id."""

    code = "webhook_not_found"


class KeyNotFound(WorkerError):
    """No key has this id."""

    code = "key_not_found"
