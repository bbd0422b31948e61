"""What every process reads from `PURR_*` variables, once, at its start."""

from pathlib import Path
from typing import Literal

from platformdirs import user_data_path
from pydantic import Field, ValidationInfo, field_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from worker.system.kernel_folder import kernel_folder
from worker.system.machine import cores, memory

# What goes with time, if it is said after how many days, and the fewest that may be said.
KEPT = ("jobs", "checkpoints", "metrics", "events", "originals")
KEPT_DAYS = tuple(f"keep_{kind}_days" for kind in KEPT)
FLOOR_DAYS = 7
MOST_JOB_BYTES, OTHERS_BYTES = 8 * 2**30, 2**30


def job_bytes(workers: int = 1) -> int:
    """What a job may need of memory where so many run at a time: what there is, less a quarter but
    at most 1 GiB for the API, Redis and imports; at most 8 GiB."""
    there = memory()
    return min(MOST_JOB_BYTES, (there - min(OTHERS_BYTES, there // 4)) // workers)


class Settings(BaseSettings):
    """Where things are and how much of anything is allowed; docs/configuration.md lists it."""

    model_config = SettingsConfigDict(env_prefix="PURR_", env_ignore_empty=True, frozen=True)

    redis_url: str | None = Field(
        None, description="Redis or Valkey to use, 7.0 or newer; unset: `purr up` starts its own."
    )
    redis_max_bytes: int = Field(
        512 * 2**20, ge=2**24, description="Memory of the Valkey that `purr up` starts."
    )
    data_dir: Path = Field(
        default_factory=lambda: user_data_path("purrceptron"),
        description="Folder of datasets, jobs, models and the embedded Valkey.",
    )
    kernel_dir: Path = Field(
        default_factory=kernel_folder,
        description="Folder of compiled kernels, for all data folders of this user.",
    )
    worker_threads: int = Field(
        0,
        ge=0,
        le=1024,
        description="Threads of a job; 0: all cores, shared with other workers on them.",
    )
    device: Literal["auto", "cpu"] = Field(
        "auto", description="`auto`: a worker takes a graphics processor if it has one; `cpu`: not."
    )
    log_format: Literal["text", "json"] = Field(
        "text", description="`json`: each line of the log is an object, with the ids of traces."
    )
    pulse_file: Path | None = Field(
        None, description="File that a worker touches whenever it shows itself; unset: none."
    )
    lease_s: float = Field(
        10.0, ge=1, le=600, description="Seconds of silence after which a worker counts as dead."
    )
    max_attempts: int = Field(
        3, ge=1, le=100, description="Workers that a job may lose before it fails: `worker_lost`."
    )
    checkpoint_s: float = Field(
        30.0,
        ge=0,
        le=86_400,
        description="Seconds from one checkpoint of a job to the next, at most.",
    )
    gradient_check: bool = Field(
        True, description="Whether each job begins with a check of its gradients."
    )
    export_models: bool = Field(
        True, description="Whether each version is exported as it is published, not when asked for."
    )

    max_upload_bytes: int = Field(2 * 2**30, gt=0, description="Bytes of one upload.")
    max_upload_files: int = Field(16, gt=0, le=64, description="Files in one upload.")
    max_dataset_bytes: int = Field(
        8 * 2**30, gt=0, description="Bytes of one dataset after decoding."
    )
    max_rows: int = Field(1_000_000, gt=0, description="Rows in one split of a dataset.")
    max_features: int = Field(1_000_000, gt=0, description="Numbers in one row.")
    max_columns: int = Field(4_096, gt=0, description="Columns of a table.")
    max_categories: int = Field(
        100, gt=0, le=1_000, description="Different texts in a column of a table."
    )
    max_classes: int = Field(1_000, ge=2, description="Classes in one dataset.")
    max_parameters: int = Field(100_000_000, gt=0, description="Weights and biases of one network.")
    max_job_bytes: int = Field(
        default_factory=job_bytes,
        gt=0,
        description="Bytes of memory that training a network may need, estimated.",
    )
    max_backbone_bytes: int = Field(
        256 * 2**20, gt=0, description="Bytes of the file of one backbone."
    )
    max_backbone_parameters: int = Field(
        100_000_000, gt=0, description="Parameters of one backbone."
    )
    max_backbone_memory_bytes: int = Field(
        2 * 2**30, ge=2**29, description="Address space of a process that tries or runs a backbone."
    )
    max_image_bytes: int = Field(20 * 2**20, gt=0, description="Bytes of one encoded picture.")
    max_image_pixels: int = Field(50_000_000, gt=0, description="Pixels of one decoded picture.")
    max_image_seconds: int = Field(
        10,
        gt=0,
        le=600,
        description="Processor seconds for decoding one picture, and for its features.",
    )
    max_queued_pixels: int = Field(
        200_000_000, gt=0, description="Pixels of pictures that may wait for being decoded."
    )
    max_queued_pictures: int = Field(
        256, gt=0, description="Pictures that may wait for the features of one backbone."
    )
    import_timeout_s: int = Field(900, gt=0, description="Processor seconds for one import.")
    import_memory_bytes: int = Field(
        2**30, ge=2**28, description="Address space of the process that parses an upload."
    )
    keep_originals: bool = Field(
        True, description="Whether files of pictures are kept, for versions of another size."
    )
    min_free_bytes: int = Field(
        256 * 2**20, ge=0, description="Free disk space below which nothing new is accepted."
    )
    max_store_bytes: int = Field(
        0, ge=0, description="Bytes of all that is kept, beyond which no upload is taken; 0: any."
    )
    trash_days: float = Field(
        7.0,
        ge=0,
        le=3650,
        description="Days for which what is deleted can be restored; 0: not at all.",
    )
    keep_jobs_days: float = Field(
        0, ge=0, le=36_500, description="Days for which jobs that have ended are kept; 0: for ever."
    )
    keep_newest_jobs: int = Field(
        0, ge=0, description="Jobs that are kept, the newest; 0: any number."
    )
    keep_checkpoints_days: float = Field(
        0, ge=0, le=36_500, description="Days for which their checkpoints are kept; 0: for ever."
    )
    keep_newest_checkpoints: int = Field(
        0, ge=0, description="Jobs whose checkpoints are kept, the newest; 0: any number."
    )
    keep_metrics_days: float = Field(
        0, ge=0, le=36_500, description="Days for which their epochs are kept; 0: for ever."
    )
    keep_newest_metrics: int = Field(
        0, ge=0, description="Jobs whose epochs are kept, the newest; 0: any number."
    )
    keep_events_days: float = Field(
        0, ge=0, le=36_500, description="Days for which events of records are kept; 0: for ever."
    )
    keep_newest_events: int = Field(
        0, ge=0, description="Records whose events are kept, the newest; 0: any number."
    )
    keep_originals_days: float = Field(
        0, ge=0, le=36_500, description="Days for which files of pictures are kept; 0: for ever."
    )
    keep_newest_originals: int = Field(
        0, ge=0, description="Datasets whose files are kept, the newest; 0: any number."
    )
    keep_dry_run: bool = Field(
        False, description="Whether what would go by these settings is told, and stays."
    )
    models_in_memory: int = Field(
        8, gt=0, le=1000, description="Models that one API process keeps loaded."
    )
    max_models_bytes: int = Field(
        512 * 2**20, gt=0, description="Bytes of the models that it keeps loaded, but for one."
    )
    backbones_in_memory: int = Field(
        2, gt=0, le=100, description="Backbones that one API process keeps loaded, on each core."
    )
    max_predict_rows: int = Field(10_000, gt=0, description="Rows in one request for predictions.")

    @field_validator("redis_url")
    @classmethod
    def _a_url_of_redis(cls, url: str | None) -> str | None:
        if url is not None and not url.startswith(("redis://", "rediss://", "unix://")):
            raise ValueError("Expected redis://…, rediss://… or unix://…; correct PURR_REDIS_URL.")
        return url

    @field_validator(*KEPT_DAYS)
    @classmethod
    def _long_enough(cls, days: float, info: ValidationInfo) -> float:
        if 0 < days < FLOOR_DAYS:
            raise ValueError(
                f"Expected 0, for ever, or {FLOOR_DAYS} days at least, in which webhooks and "
                f"MLflow are told of a job, got {days:g}; correct "
                f"PURR_{str(info.field_name).upper()}"
            )
        return days

    @property
    def threads(self) -> int:
        """The threads of a job: as many as were asked for, else one for each core."""
        return self.worker_threads or cores()

    @property
    def redis_dir(self) -> Path:
        return self.data_dir / "redis"
