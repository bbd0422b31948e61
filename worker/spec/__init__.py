"""What a caller may ask for: words, bounds and defaults. It never mentions arrays or HTTP."""

from worker.spec.augmentation import AugmentationSpec
from worker.spec.early_stopping import EarlyStoppingSpec
from worker.spec.job import MAX_EPOCHS, MAX_SECONDS, JobSpec
from worker.spec.names import MODEL_NAME, DatasetId, JobId, ModelName
from worker.spec.network import NetworkSpec
from worker.spec.optimizers import (
    AdamSpec,
    AdamWSpec,
    MomentumSpec,
    NesterovSpec,
    OptimizerSpec,
    RMSPropSpec,
    SGDSpec,
)
from worker.spec.part import Spec
from worker.spec.regularization import RegularizationSpec
from worker.spec.schedules import (
    ConstantSpec,
    CosineSpec,
    ExponentialSpec,
    ScheduleSpec,
    StepSpec,
)
from worker.spec.webhook import WebhookUrl, webhook_url

__all__ = [
    "MAX_EPOCHS",
    "MAX_SECONDS",
    "MODEL_NAME",
    "AdamSpec",
    "AdamWSpec",
    "AugmentationSpec",
    "ConstantSpec",
    "CosineSpec",
    "DatasetId",
    "EarlyStoppingSpec",
    "ExponentialSpec",
    "JobId",
    "JobSpec",
    "ModelName",
    "MomentumSpec",
    "NesterovSpec",
    "NetworkSpec",
    "OptimizerSpec",
    "RMSPropSpec",
    "RegularizationSpec",
    "SGDSpec",
    "ScheduleSpec",
    "Spec",
    "StepSpec",
    "WebhookUrl",
    "webhook_url",
]
